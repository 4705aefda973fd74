/** Where a number lies on a drawing, and which round numbers are written beside it. */

/** A line of numbers laid on a line of pixels. */
export interface Scale {
  readonly place: (value: number) => number;
  readonly value: (place: number) => number;
}

/** `low` and `high` to the pixels `from` and `to`; numbers of no extent lie in the middle. */
export const scale = (low: number, high: number, from: number, to: number): Scale => {
  const extent = high - low;
  return extent === 0
    ? { place: () => (from + to) / 2, value: () => low }
    : {
        place: (value) => from + ((value - low) / extent) * (to - from),
        value: (place) => low + ((place - from) / (to - from)) * extent,
      };
};

/** Round numbers from `low` to `high`, about `count` of them: steps of 1, 2 or 5 times a power of ten. */
export const ticks = (low: number, high: number, count: number): readonly number[] => {
  if (!(high > low)) return [low];
  const rough = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((one) => one * power >= rough * 0.999) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  // Divided and not multiplied where a step is below 1, for 3 * 0.1 is no 0.3.
  return Array.from({ length: last - first + 1 }, (_, index) =>
    step < 1 ? (first + index) / Math.round(1 / step) : (first + index) * step,
  );
};

/** A number as a person reads it: three figures, a true minus. */
export const shown = (value: number): string =>
  !Number.isFinite(value)
    ? "no number"
    : (Math.abs(value) >= 1000 ? value.toFixed(0) : Number(value.toPrecision(3)).toString()).replace("-", "−");

/** A share from 0 to 1 in percent. */
export const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;
