/** A drawing as what its pen did, so that another thread can do it: numbers and words, which cross over at once. */
import type { Picture } from "#mdr/pictures/browser.js";
import type { Frame, Pen } from "./pen.js";

/** What a pen did, in order: of each stroke its kind and its numbers; a word is its place in the list of words. */
export interface Strokes {
  readonly numbers: Float64Array<ArrayBuffer>;
  readonly words: readonly string[];
}

/** Properties that are words, and their kinds of stroke. */
const styles = ["fillStyle", "strokeStyle", "font", "textAlign", "textBaseline", "lineCap", "lineJoin"] as const;
/** Properties that are numbers. */
const measures = ["lineWidth", "globalAlpha"] as const;
/** What takes numbers alone, and how many. */
const traces = { beginPath: 0, closePath: 0, moveTo: 2, lineTo: 2, arc: 5, fill: 0, stroke: 0, fillRect: 4 } as const;
const traceNames = Object.keys(traces) as (keyof typeof traces)[];

const firstMeasure = styles.length;
const firstTrace = firstMeasure + measures.length;
const text = firstTrace + traceNames.length;
const dash = text + 1;
const portrait = dash + 1;

const codeOf = (name: (typeof styles)[number] | (typeof measures)[number] | keyof typeof traces): number =>
  [...styles, ...measures, ...traceNames].indexOf(name);

/**
 * A pen that notes what it does, and what was noted since it was asked last: one for many drawings, which leave little behind to be swept up.
 * @param numberOf a number for a picture, by which the other side knows it
 */
export const notingPen = (numberOf: (picture: Picture) => number): { readonly pen: Pen; readonly strokes: () => Strokes } => {
  let numbers = new Float64Array(1024);
  let noted = 0;
  const note = (value: number): void => {
    if (noted === numbers.length) {
      const more = new Float64Array(2 * numbers.length);
      more.set(numbers);
      numbers = more;
    }
    numbers[noted++] = value;
  };
  const words = new Map<string, number>();
  const placeOf = (word: string): number => {
    const place = words.get(word) ?? words.size;
    words.set(word, place);
    return place;
  };
  const styled = (name: (typeof styles)[number]) => {
    const code = codeOf(name);
    return {
      set: (word: string) => {
        note(code);
        note(placeOf(word));
      },
    };
  };
  const measured = (name: (typeof measures)[number]) => {
    const code = codeOf(name);
    return {
      set: (value: number) => {
        note(code);
        note(value);
      },
    };
  };
  const traced = (name: keyof typeof traces) => {
    const code = codeOf(name);
    const count = traces[name];
    return (a = 0, b = 0, c = 0, d = 0, e = 0): void => {
      note(code);
      if (count > 0) note(a);
      if (count > 1) note(b);
      if (count > 2) note(c);
      if (count > 3) note(d);
      if (count > 4) note(e);
    };
  };
  const methods = {
    ...Object.fromEntries(traceNames.map((name) => [name, traced(name)])),
    fillText: (word: string, x: number, y: number) => {
      for (const value of [text, placeOf(word), x, y]) note(value);
    },
    setLineDash: (lengths: readonly number[]) => {
      for (const value of [dash, lengths.length, ...lengths]) note(value);
    },
    portrait: (picture: Picture, { colour, round, side }: Frame, x: number, y: number) => {
      for (const value of [portrait, numberOf(picture), placeOf(colour), round ? 1 : 0, side, x, y]) note(value);
    },
  };
  const properties = Object.fromEntries([
    ...styles.map((name) => [name, styled(name)] as const),
    ...measures.map((name) => [name, measured(name)] as const),
  ]);
  return {
    pen: Object.defineProperties(methods, properties) as unknown as Pen,
    strokes: () => {
      const taken = { numbers: numbers.slice(0, noted), words: [...words.keys()] };
      noted = 0;
      words.clear();
      return taken;
    },
  };
};

/** Does with `pen` what was noted. @param pictureOf the picture of a number; none where it is not known */
export const replay = ({ numbers, words }: Strokes, pen: Pen, pictureOf: (number: number) => Picture | undefined): void => {
  let at = 0;
  const next = (): number => numbers[at++] ?? Number.NaN;
  const word = (): string => words[next()] ?? "";
  while (at < numbers.length) {
    const code = next();
    if (code < firstMeasure) Object.assign(pen, { [styles[code] ?? "font"]: word() });
    else if (code < firstTrace) Object.assign(pen, { [measures[code - firstMeasure] ?? "lineWidth"]: next() });
    else if (code < text) {
      const name = traceNames[code - firstTrace] ?? "beginPath";
      const values = numbers.subarray(at, at + traces[name]);
      at += traces[name];
      (pen[name] as (...values: number[]) => void)(...values);
    } else if (code === text) pen.fillText(word(), next(), next());
    else if (code === dash) {
      const count = next();
      pen.setLineDash(Array.from(numbers.subarray(at, at + count)));
      at += count;
    } else {
      const picture = pictureOf(next());
      const frame: Frame = { colour: word(), round: next() === 1, side: next() };
      const [x, y] = [next(), next()];
      if (picture !== undefined) pen.portrait(picture, frame, x, y);
    }
  }
};
