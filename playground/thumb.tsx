/** A small picture of pixels in memory. */
import { useEffect, useRef } from "preact/hooks";
import type { Picture } from "#mdr/pictures/browser.js";
import { canvasesOf, pageCanvas } from "./draw/portraits.js";

const canvasOf = canvasesOf(pageCanvas);

/** The picture within a square of `side`, its form kept. `alt` is empty where words beside it say what it is. */
export const Thumb = ({ picture, side = 48, alt = "" }: { picture: Picture; side?: number; alt?: string }) => {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (context === null || context === undefined) return;
    const scale = side / Math.max(picture.width, picture.height);
    const [width, height] = [picture.width * scale, picture.height * scale];
    context.setTransform(2, 0, 0, 2, 0, 0);
    context.clearRect(0, 0, side, side);
    context.imageSmoothingEnabled = scale < 1.5;
    context.drawImage(canvasOf(picture), (side - width) / 2, (side - height) / 2, width, height);
  }, [picture, side]);
  const described = alt === "" ? { "aria-hidden": true } : { role: "img" as const, "aria-label": alt };
  return (
    <canvas
      ref={canvas}
      class="thumb"
      width={2 * side}
      height={2 * side}
      style={{ width: `${side}px`, height: `${side}px` }}
      {...described}
    />
  );
};
