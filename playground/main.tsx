/** The page's beginning: workers that train, decode, judge and draw, the state between them and what is seen. */
import { effect, signal } from "@preact/signals";
import * as E from "fp-ts/lib/Either.js";
import { render } from "preact";
import { failed } from "#mdr/faults/index.js";
import type { Told } from "#mdr/play/index.js";
import { App } from "./app.js";
import { decoder } from "./data/decode.js";
import { pageFrames } from "./draw/canvas.js";
import { type Easel, pageEasel, threadEasel } from "./draw/easel.js";
import { keepAddress, sharedOf, usualShared } from "./share.js";
import { createStore } from "./store/store.js";
import { asking } from "./thread.js";
import { guide, tourSteps } from "./tour/index.js";
import { type Judged, lenses, type Question } from "./views/lens.js";

const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });

/** Gives a visitor a file, as a link would. */
const save = (name: string, bytes: Uint8Array): void => {
  const address = URL.createObjectURL(new Blob([bytes.slice()], { type: "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
};

const read = sharedOf(location.search, tourSteps.length);
const first = E.getOrElse(() => usualShared)(read);
const tour = signal(first.tour);
const store = createStore((asked) => worker.postMessage(asked), save, first);

/** Tells of a thread that is no more. */
const lost = (where: string, what: string): void => store.complain(failed(what, { where, remedy: "load the page again" }));

const decode = decoder(() => new Worker(new URL("./decoder.js", import.meta.url), { type: "module" }));

const judge = asking<Question, Judged>(
  () => new Worker(new URL("./judge.js", import.meta.url), { type: "module" }),
  () => {
    lost("the thread that judges distances", "its program ended");
    return undefined;
  },
);

/** Old browsers' canvases cannot be drawn on by a thread. */
const easelHere = (): Easel => {
  if (typeof OffscreenCanvas === "undefined" || !("transferControlToOffscreen" in HTMLCanvasElement.prototype)) return pageEasel();
  const painter = new Worker(new URL("./painter.js", import.meta.url), { type: "module" });
  painter.addEventListener("error", () => lost("the thread that draws", "its program ended"));
  return threadEasel(painter);
};
const easel = easelHere();
const turns = pageFrames(easel);

worker.addEventListener("message", ({ data }: MessageEvent<Told>) => store.hear(data));
worker.addEventListener("error", ({ message }) => {
  lost("the thread that trains", message === "" || message === undefined ? "its program could not be loaded" : message);
});
if (E.isLeft(read)) store.complain(read.left);

/** Milliseconds after the last change of a setting before a run begins with it. */
const calm = 250;

let waiting: ReturnType<typeof setTimeout> | undefined;
effect(() => {
  store.choices.value;
  store.race.value;
  store.data.value;
  clearTimeout(waiting);
  waiting = setTimeout(store.begin, store.racers.peek().length === 0 ? 0 : calm);
});
keepAddress({ choices: store.choices, race: store.race, tour }, tourSteps.length, store.complain);
guide(store, tour);

const place = document.getElementById("app");
if (place !== null) {
  place.replaceChildren();
  render(<App tools={{ store, decode, lens: lenses(() => performance.now(), judge), easel, turns }} tour={tour} />, place);
}
