/** The README's picture: Recall@1 on unseen classes before and after, and the distances of pictures settling on the levels. */
import { line, picture, polyline, rectangle, text } from "./svg.js";

export interface MethodScores {
  readonly before: Readonly<Record<string, number>>;
  readonly after: Readonly<Record<string, number>>;
}

export interface HistogramSnapshot {
  readonly epoch: number;
  /** Shares of the pairs in bins of equal width over normalised distances [-range, range]. */
  readonly shares: readonly number[];
  readonly levels: readonly number[];
}

export interface FigureInput {
  readonly methods: Readonly<Record<string, MethodScores>>;
  /** Of the Triplet + MDR run, in order. */
  readonly snapshots: readonly HistogramSnapshot[];
  readonly range: number;
  readonly caption: readonly string[];
}

const grey = "#9aa5b1";
const ink = "#1f2933";
const blue = "#1f6feb";
const red = "#d1242f";

export const titleOf = (method: string): string =>
  ({ triplet: "Triplet", "triplet-l2": "Triplet + L2", "triplet-mdr": "Triplet + MDR" })[method] ?? method;

const bars = (methods: FigureInput["methods"], left: number, top: number, width: number, height: number): readonly string[] => {
  const entries = Object.entries(methods);
  const slot = width / Math.max(1, entries.length);
  const scale = (share: number) => height * share;
  const bar = (x: number, share: number, fill: string) => [
    rectangle(x, top + height - scale(share), slot * 0.3, scale(share), { fill }),
    text(x + slot * 0.15, top + height - scale(share) - 5, `${(100 * share).toFixed(0)} %`, { "text-anchor": "middle", fill: ink }),
  ];
  return [
    text(left, top - 24, "Recall@1 on classes never seen", { "font-weight": "bold", fill: ink }),
    ...entries.flatMap(([method, { before, after }], index) => {
      const x = left + index * slot + slot * 0.15;
      return [
        ...bar(x, before["recall@1"] ?? 0, grey),
        ...bar(x + slot * 0.34, after["recall@1"] ?? 0, blue),
        text(x + slot * 0.32, top + height + 18, titleOf(method), { "text-anchor": "middle", fill: ink }),
      ];
    }),
    line(left, top + height, left + width, top + height, { stroke: ink }),
    rectangle(left, top + height + 30, 10, 10, { fill: grey }),
    text(left + 16, top + height + 39, "before training", { fill: ink }),
    rectangle(left + 120, top + height + 30, 10, 10, { fill: blue }),
    text(left + 136, top + height + 39, "after", { fill: ink }),
  ];
};

const histogram = (
  { shares, levels, epoch }: HistogramSnapshot,
  { range, highest }: { readonly range: number; readonly highest: number },
  left: number,
  top: number,
  width: number,
  height: number,
): readonly string[] => {
  const step = width / Math.max(1, shares.length);
  const x = (normalised: number) => left + ((normalised + range) / (2 * range)) * width;
  return [
    ...levels.map((level) => line(x(level), top, x(level), top + height, { stroke: red, "stroke-dasharray": "4 3" })),
    polyline(
      shares.map((share, index) => [left + (index + 0.5) * step, top + height * (1 - share / highest)] as const),
      { stroke: blue, "stroke-width": 2 },
    ),
    line(left, top + height, left + width, top + height, { stroke: ink }),
    text(left, top + 12, epoch === 0 ? "before training" : `after epoch ${epoch}`, { fill: ink }),
  ];
};

/** The first, a middle and the last of a list, each once. */
export const firstMiddleLast = <A>(values: readonly A[]): readonly A[] =>
  [...new Set([0, Math.floor((values.length - 1) / 2), values.length - 1])].flatMap((index) => values.slice(index, index + 1));

/** The whole figure as SVG text. */
export const figure = ({ methods, snapshots, range, caption }: FigureInput): string => {
  const [width, height] = [860, 390];
  const shown = snapshots.length === 0 ? [] : firstMiddleLast(snapshots);
  const highest = Math.max(1e-9, ...shown.flatMap(({ shares }) => shares));
  const panel = 260 / Math.max(1, shown.length);
  return `${picture(width, height, [
    ...bars(methods, 30, 60, 380, 230),
    text(450, 36, "Triplet + MDR: pair distances and the levels (dashed)", { "font-weight": "bold", fill: ink }),
    ...shown.flatMap((snapshot, index) => histogram(snapshot, { range, highest }, 450, 50 + index * panel, 380, panel - 14)),
    ...[-4, -2, 0, 2, 4].map((tick) =>
      text(450 + ((tick + range) / (2 * range)) * 380, 50 + 260 + 4, String(tick), { "text-anchor": "middle", fill: ink }),
    ),
    ...caption.map((sentence, index) => text(30, height - 16 * (caption.length - index) + 4, sentence, { fill: "#52606d" })),
  ])}\n`;
};
