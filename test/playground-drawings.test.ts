/** The playground's drawings on their way to another thread: what is drawn there is what was noted here. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Told, threadEasel } from "../playground/draw/easel.js";
import { paper } from "../playground/draw/paper.js";
import type { Pen } from "../playground/draw/pen.js";
import { notingPen, replay } from "../playground/draw/strokes.js";
import type { Picture } from "../src/pictures/browser.js";

const picture = (width: number): Picture => ({ width, height: 1, pixels: new Uint8Array(3 * width) });

/** A pen that tells what it was asked for, in order. */
const tellingPen = (log: unknown[]): Pen =>
  new Proxy({} as Pen, {
    get:
      (_, name) =>
      (...values: readonly unknown[]) =>
        log.push([name, ...values]),
    set: (_, name, value) => log.push([name, value]) > 0,
  });

const number = fc.oneof(fc.double(), fc.constantFrom(0, -0, 1e-300, Number.MAX_VALUE, Number.NaN, Number.NEGATIVE_INFINITY));
const word = fc.oneof(fc.constantFrom("", "#fff", "round", "12px system-ui, sans-serif"), fc.string());
const pictures = [picture(1), picture(2), picture(3)];

/** Something that a pen does. */
const stroke = fc.oneof(
  fc.tuple(fc.constantFrom("fillStyle", "strokeStyle", "font", "textAlign", "textBaseline", "lineCap", "lineJoin"), word).map(
    ([name, value]) =>
      (pen: Pen) =>
        void Object.assign(pen, { [name]: value }),
  ),
  fc.tuple(fc.constantFrom("lineWidth", "globalAlpha"), number).map(
    ([name, value]) =>
      (pen: Pen) =>
        void Object.assign(pen, { [name]: value }),
  ),
  fc.constantFrom("beginPath", "closePath", "fill", "stroke").map((name) => (pen: Pen) => pen[name as "fill"]()),
  fc.tuple(fc.constantFrom("moveTo", "lineTo"), number, number).map(
    ([name, x, y]) =>
      (pen: Pen) =>
        pen[name as "moveTo"](x, y),
  ),
  fc.tuple(number, number, number, number, number).map((values) => (pen: Pen) => pen.arc(...values)),
  fc.tuple(number, number, number, number).map((values) => (pen: Pen) => pen.fillRect(...values)),
  fc.tuple(word, number, number).map((values) => (pen: Pen) => pen.fillText(...values)),
  fc.array(number, { maxLength: 4 }).map((lengths) => (pen: Pen) => pen.setLineDash(lengths)),
  fc.tuple(fc.constantFrom(...pictures), word, fc.boolean(), number, number, number).map(
    ([own, colour, round, side, x, y]) =>
      (pen: Pen) =>
        pen.portrait(own, { colour, round, side }, x, y),
  ),
);

describe("a drawing", () => {
  test("is done again as it was noted, stroke for stroke", () => {
    fc.assert(
      fc.property(fc.array(stroke, { maxLength: 400 }), (strokes) => {
        const [here, there]: [unknown[], unknown[]] = [[], []];
        const noting = notingPen((own) => pictures.indexOf(own));
        for (const one of strokes) {
          one(tellingPen(here));
          one(noting.pen);
        }
        replay(structuredClone(noting.strokes()), tellingPen(there), (known) => pictures[known]);
        expect(there).toEqual(here);
        // Noted once, and not again in the next drawing.
        strokes.at(-1)?.(noting.pen);
        const [next, last]: [unknown[], unknown[]] = [[], []];
        replay(noting.strokes(), tellingPen(next), (known) => pictures[known]);
        strokes.at(-1)?.(tellingPen(last));
        expect(next).toEqual(last);
      }),
    );
  });

  test("leaves out a picture that is not known, and nothing else", () => {
    const log: unknown[] = [];
    const { pen, strokes } = notingPen(() => 7);
    pen.portrait(picture(1), { colour: "red", round: true, side: 9 }, 1, 2);
    pen.lineTo(3, 4);
    replay(strokes(), tellingPen(log), () => undefined);
    expect(log).toEqual([["lineTo", 3, 4]]);
  });

  test("is laid on a canvas of its size and density in the place of the one before", () => {
    const log: unknown[] = [];
    const context = new Proxy({} as Record<string | symbol, unknown>, {
      get: (own, name) => own[name] ?? ((...values: readonly unknown[]) => log.push([name, ...values])),
      set: (own, name, value) => {
        own[name] = value;
        return true;
      },
    });
    const sizes: unknown[] = [];
    const canvas = {
      ...{ getContext: () => context },
      set width(value: number) {
        sizes.push(["width", value]);
      },
      get width() {
        return 30;
      },
      set height(value: number) {
        sizes.push(["height", value]);
      },
      get height() {
        return 21;
      },
    } as unknown as OffscreenCanvas;
    const put = paper(() => canvas);
    const { pen, strokes } = notingPen(() => 0);
    pen.beginPath();
    put(canvas, { width: 15, height: 10.6, density: 2, strokes: strokes() }, () => undefined);
    expect(log).toEqual([["setTransform", 2, 0, 0, 2, 0, 0], ["clearRect", 0, 0, 15, 10.6], ["beginPath"]]);
    expect(sizes).toEqual([]);
    put(canvas, { width: 20, height: 10.6, density: 1, strokes: strokes() }, () => undefined);
    expect(sizes).toEqual([
      ["width", 20],
      ["height", 11],
    ]);
  });
});

describe("the thread that draws", () => {
  const drive = () => {
    const told: Told[] = [];
    const moved: unknown[] = [];
    const hears = new Map<string, () => void>();
    const easel = threadEasel({
      postMessage: (message: Told, transfer: unknown) => {
        told.push(message);
        moved.push(transfer);
      },
      addEventListener: (kind: string, hear: unknown) => void hears.set(kind, hear as () => void),
    } as Pick<Worker, "postMessage" | "addEventListener">);
    const element = () => ({ transferControlToOffscreen: () => ({}) }) as unknown as HTMLCanvasElement;
    return { told, moved, easel, element, answer: () => hears.get("message")?.(), end: () => hears.get("error")?.() };
  };
  const size = { width: 1, height: 1, density: 1 };
  const frame = { colour: "red", round: false, side: 9 };

  test("is told a picture once, before the first drawing with it", () => {
    const { told, easel, element } = drive();
    const [one, other] = [easel.stand(element()), easel.stand(element())];
    const own = picture(2);
    const portrayed = (pen: Pen) => {
      pen.portrait(own, frame, 0, 0);
      return true;
    };
    expect([one.draw(size, portrayed), other.draw(size, () => false), other.draw(size, portrayed)]).toEqual([true, false, true]);
    other.leave();
    expect(told.map((message) => [message.kind, "canvas" in message ? message.canvas : message.number])).toEqual([
      ["canvas", 0],
      ["canvas", 1],
      ["picture", 0],
      ["drawing", 0],
      ["drawing", 1],
      ["drawing", 1],
      ["gone", 1],
    ]);
    expect(told[2]).toMatchObject({ picture: own });
  });

  test("is waited for until all that was begun is made", () => {
    const { moved, easel, element, answer } = drive();
    const stand = easel.stand(element());
    const calls: string[] = [];
    easel.made(() => calls.push("at once"));
    stand.draw(size, () => false);
    stand.draw(size, () => false);
    easel.made(() => calls.push("later"));
    answer();
    expect(calls).toEqual(["at once"]);
    answer();
    expect(calls).toEqual(["at once", "later"]);
    // Canvases and strokes are handed over, not copied.
    expect(moved.map((transfer) => (transfer as unknown[]).length)).toEqual([1, 1, 1]);
  });

  test("is not waited for once it is no more", () => {
    const { easel, element, end } = drive();
    const calls: string[] = [];
    const stand = easel.stand(element());
    stand.draw(size, () => false);
    easel.made(() => calls.push("made"));
    end();
    expect(calls).toEqual(["made"]);
    stand.draw(size, () => false);
    easel.made(() => calls.push("again"));
    expect(calls).toEqual(["made", "again"]);
  });
});
