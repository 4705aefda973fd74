/**
 * Line charts as SVG whose colours are classes, so that a page decides on light and dark. Lines are told apart by dashes as well as by
 * colour. Points are drawn from the very numbers that they are given, y downward.
 */
import { numberText } from "./html.js";
import { element, escaped, line, text } from "./svg.js";

export interface Place {
  readonly x: number;
  readonly y: number;
  /** How far it is uncertain to either side. */
  readonly deviation?: number | undefined;
}

export interface Series {
  readonly name: string;
  readonly points: readonly Place[];
  /** Which colour and dash; its number in the list unless given. */
  readonly look?: number;
}

export interface Chart {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  /** y is a share. */
  readonly percent?: boolean;
  readonly series: readonly Series[];
}

/** Of the drawing, in its own units, and of the part that the axes frame. */
export const frame = { width: 640, height: 300, left: 58, right: 624, top: 34, foot: 236 } as const;

/** Looks that can be told apart; more lines begin again. */
export const looks = 6;

/** 1, 2 or 5 times a power of ten. */
const niceStep = (rough: number): number => {
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
};

/** Round numbers from at or below `low` to at or above `high`, about `wished` of them. */
export const ticksOf = (low: number, high: number, wished: number): readonly number[] => {
  const step = niceStep((high - low || Math.abs(high) || 1) / wished);
  const [first, last] = [Math.floor(low / step + 1e-9), Math.ceil(high / step - 1e-9)];
  return Array.from({ length: Math.max(1, last - first) + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
};

export interface Scale {
  readonly ticks: readonly number[];
  readonly at: (value: number) => number;
}

/** From the numbers of an axis to places on the drawing. `loose`: the axis ends where its numbers do, and not at a round number. */
export const scaleOf = (values: readonly number[], [from, to]: readonly [number, number], wished: number, loose = false): Scale => {
  const finite = values.filter(Number.isFinite);
  const [low, high] = finite.length === 0 ? [0, 1] : [Math.min(...finite), Math.max(...finite)];
  const ticks = ticksOf(low, high, wished);
  const [first, last] = loose && high > low ? [low, high] : [ticks[0] ?? 0, ticks.at(-1) ?? 1];
  return {
    ticks: ticks.filter((tick) => tick >= first && tick <= last),
    at: (value) => from + ((value - first) / (last - first)) * (to - from),
  };
};

const round = (value: number): number => Math.round(value * 100) / 100;

/** `M x,y L ..`: a new piece after each point that has no place. */
export const pathOf = (places: readonly (readonly [x: number, y: number])[]): string => {
  let open = false;
  return places
    .flatMap(([x, y]) => {
      const drawn = Number.isFinite(x) && Number.isFinite(y);
      const begins = !open;
      open = drawn;
      return drawn ? [`${begins ? "M" : "L"}${round(x)},${round(y)}`] : [];
    })
    .join("");
};

/** The drawing with its words for whoever does not see it. */
export const drawing = (label: string, marks: readonly string[], height: number = frame.height): string =>
  element("svg", { viewBox: `0 0 ${frame.width} ${height}`, role: "img", "aria-label": label, class: "chart" }, marks.join(""));

/** Both axes with their titles and numbers. */
export const axes = (
  x: Scale,
  y: Scale,
  titles: { readonly title: string; readonly x: string; readonly y: string },
  percent = false,
): readonly string[] => [
  text(frame.left, 16, titles.title, { class: "title" }),
  ...y.ticks.flatMap((tick) => [
    line(frame.left, y.at(tick), frame.right, y.at(tick), { class: "grid" }),
    text(frame.left - 6, y.at(tick) + 4, percent ? `${numberText(100 * tick)} %` : numberText(tick), { class: "end" }),
  ]),
  ...x.ticks.map((tick) => text(x.at(tick), frame.foot + 16, numberText(tick), { class: "middle" })),
  line(frame.left, frame.foot, frame.right, frame.foot, { class: "axis" }),
  text((frame.left + frame.right) / 2, frame.foot + 32, titles.x, { class: "middle" }),
  text(frame.right, 16, titles.y, { class: "end" }),
];

/** Names with a piece of their line, side by side. */
const legend = (series: readonly Series[]): readonly string[] => {
  let left: number = frame.left;
  return series.map(({ name, look }, index) => {
    const shown = name.length > 40 ? `${name.slice(0, 38)}..` : name;
    const at = left;
    left += 44 + 7 * shown.length;
    return `${line(at, frame.foot + 52, at + 26, frame.foot + 52, { class: `line l${(look ?? index) % looks}` })}${text(at + 32, frame.foot + 56, shown)}`;
  });
};

/** What a chart says in a sentence: of each line where it begins and ends. */
export const sentenceOf = ({ title, x, percent = false, series }: Chart): string => {
  const said = (value: number): string => (percent ? `${(100 * value).toFixed(1)} %` : numberText(value));
  const each = series.flatMap(({ name, points }) => {
    const [first, last] = [points[0], points.at(-1)];
    return first === undefined || last === undefined ? [] : [`${name} from ${said(first.y)} at ${first.x} to ${said(last.y)} at ${last.x}`];
  });
  return `${title}, by ${x}: ${each.length === 0 ? "nothing is recorded" : each.join("; ")}.`;
};

export const lineChart = (chart: Chart): string => {
  const { series, percent = false } = chart;
  const all = series.flatMap(({ points }) => points);
  const x = scaleOf(
    all.map((one) => one.x),
    [frame.left, frame.right],
    8,
    true,
  );
  const y = scaleOf(
    all.flatMap((one) => [one.y - (one.deviation ?? 0), one.y + (one.deviation ?? 0)]),
    [frame.foot, frame.top],
    5,
  );
  const bars = (points: readonly Place[], look: number): readonly string[] =>
    points.flatMap(({ x: along, y: value, deviation }) =>
      deviation === undefined || !Number.isFinite(value + deviation)
        ? []
        : [line(x.at(along), y.at(value - deviation), x.at(along), y.at(value + deviation), { class: `bar l${look}` })],
    );
  // Steps and epochs are whole.
  const across = { ...x, ticks: x.ticks.filter(Number.isInteger) };
  return drawing(sentenceOf(chart), [
    ...axes(across, y, chart, percent),
    ...series.flatMap(({ points, look }, index) => [
      ...bars(points, (look ?? index) % looks),
      element("path", { class: `line l${(look ?? index) % looks}`, d: pathOf(points.map((one) => [x.at(one.x), y.at(one.y)])) }),
    ]),
    ...legend(series),
  ]);
};

/** A drawing as a file of its own, on white. */
export const asFile = (svg: string, style: string): string => {
  const [, width = "", height = ""] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg) ?? [];
  const begun = svg.replace(/^<svg /, `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" `);
  return `${begun.replace(">", () => `><style>${escaped(style)}</style><rect class="ground" width="100%" height="100%"/>`)}\n`;
};
