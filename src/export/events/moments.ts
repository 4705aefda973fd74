/** Lines of a run's metrics as moments of scalars. */
import type { Moment } from "./index.js";

export type Line = Readonly<Record<string, unknown>>;

/** What says when, and not how it went. */
const places: ReadonlySet<string> = new Set(["event", "epoch", "step", "histogram", "check"]);

/** What JSON cannot hold is written as its name. */
const numberOf = (value: unknown): number | undefined =>
  typeof value === "number" ? value : value === "NaN" || value === "Infinity" || value === "-Infinity" ? Number(value) : undefined;

/** Numbers below a tag: of a list by their places, of a record by their names. */
const scalarsIn = (tag: string, value: unknown): readonly (readonly [string, number])[] => {
  const number = numberOf(value);
  if (number !== undefined) return [[tag, number]];
  return typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([name, inner]) => scalarsIn(`${tag}/${name}`, inner))
    : [];
};

/** `loss` of a step is train/loss; of an epoch, the scores of unseen classes are test/.., of classes that train seen/.. */
const prefixes: Readonly<Record<string, string>> = { scores: "test", trained: "seen" };

const scalarsOf = ({ event, ...line }: Line): Moment["scalars"] =>
  Object.fromEntries(
    Object.entries(line)
      .filter(([name]) => !places.has(name))
      .flatMap(([name, value]) => scalarsIn(event === "step" ? `train/${name}` : (prefixes[name] ?? `epoch/${name}`), value)),
  );

/**
 * A moment a line. Metrics say how fast steps went and not when: each comes after those before it by the time that `images` pictures
 * take, evaluations apart.
 */
export const momentsOf = (lines: readonly Line[], begun: number, images: number): readonly Moment[] => {
  let seconds = begun;
  return lines.map((line) => {
    const speed = numberOf(line.imagesPerSecond) ?? 0;
    if (line.event === "step" && speed > 0) seconds += images / speed;
    return { seconds, step: numberOf(line.step) ?? 0, scalars: scalarsOf(line) };
  });
};
