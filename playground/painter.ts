/** The thread that draws: it puts on the page's canvases what the page noted. */
import type { Picture } from "#mdr/pictures/browser.js";
import type { Made, Told } from "./draw/easel.js";
import { paper } from "./draw/paper.js";

const canvases = new Map<number, OffscreenCanvas>();
const pictures = new Map<number, Picture>();
const put = paper((width, height) => new OffscreenCanvas(width, height));

addEventListener("message", ({ data }: MessageEvent<Told>) => {
  switch (data.kind) {
    case "canvas":
      canvases.set(data.canvas, data.on);
      return;
    case "picture":
      pictures.set(data.number, data.picture);
      return;
    case "gone":
      (data.what === "canvas" ? canvases : pictures).delete(data.number);
      return;
    case "drawing": {
      const canvas = canvases.get(data.canvas);
      if (canvas !== undefined) put(canvas, data.drawing, (number) => pictures.get(number));
      postMessage("made" satisfies Made);
    }
  }
});
