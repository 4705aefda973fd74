/** A plot as a Vega specification, which is data, and as SVG text. Vega is loaded when the first plot is drawn: no other command waits for it. */
import type { Axis, Legend, Mark, Spec } from "vega";

/** One colour a method, told apart by people who do not see red and green alike (Okabe and Ito 2008). */
const colours = ["#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9", "#000000"] as const;

const ink = "#1f2933";
const grid = "#e4e7eb";

const base = {
  $schema: "https://vega.github.io/schema/vega/v6.json",
  background: "white",
  padding: 12,
  config: {
    title: { anchor: "start", color: ink, fontSize: 13, font: "sans-serif", offset: 10 },
    axis: {
      labelFont: "sans-serif",
      titleFont: "sans-serif",
      labelColor: ink,
      titleColor: ink,
      titleFontWeight: "normal",
      gridColor: grid,
    },
    legend: { labelFont: "sans-serif", titleFont: "sans-serif", labelColor: ink, titleColor: ink },
  },
} as const;

export interface PlotPoint {
  readonly x: number;
  readonly y: number;
  /** How far it is uncertain to either side; none where it is not known. */
  readonly deviation?: number | undefined;
}

export interface Line {
  readonly name: string;
  readonly dashed?: boolean;
  readonly points: readonly PlotPoint[];
}

export interface LinePlot {
  readonly title: string;
  readonly x: { readonly title: string; readonly doubling?: boolean };
  readonly y: { readonly title: string };
  readonly lines: readonly Line[];
  /** What dashed lines are. */
  readonly dashes?: string | undefined;
}

const rising = (values: readonly number[]): readonly number[] => [...new Set(values)].sort((a, b) => a - b);

/** Lines with their deviations; one colour a name, so that a dashed line goes with the whole one of its name. */
export const linePlot = ({ title, x, y, lines, dashes }: LinePlot): Spec => {
  const names = [...new Set(lines.map(({ name }) => name))];
  const rows = lines.flatMap(({ name, dashed = false, points }) =>
    points.map((point) => ({
      name,
      line: `${name}${dashed ? " dashed" : ""}`,
      dash: dashed ? [5, 4] : [1, 0],
      x: point.x,
      y: point.y,
      low: point.y - (point.deviation ?? 0),
      high: point.y + (point.deviation ?? 0),
    })),
  );
  const stroke = { scale: "colour", field: "name" } as const;
  const across = { scale: "x", field: "x" } as const;
  const axes: Axis[] = [
    {
      orient: "bottom",
      scale: "x",
      title: x.title,
      ...(x.doubling === true ? { values: [...rising(rows.map((row) => row.x))], format: "d" } : { tickMinStep: 1, format: "d" }),
    },
    { orient: "left", scale: "y", title: y.title, grid: true, format: ".0%" },
  ];
  const legends: Legend[] = [{ stroke: "colour", symbolType: "stroke", title: dashes ?? "", titleLimit: 400 }];
  const marks: Mark[] = [
    {
      type: "rule",
      from: { data: "rows" },
      encode: {
        enter: { x: across, y: { scale: "y", field: "low" }, y2: { scale: "y", field: "high" }, stroke, strokeOpacity: { value: 0.5 } },
      },
    },
    {
      type: "group",
      from: { facet: { name: "one", data: "rows", groupby: "line" } },
      marks: [
        {
          type: "line",
          from: { data: "one" },
          encode: { enter: { x: across, y: { scale: "y", field: "y" }, stroke, strokeWidth: { value: 2 }, strokeDash: { field: "dash" } } },
        },
      ],
    },
    {
      type: "symbol",
      from: { data: "rows" },
      encode: { enter: { x: across, y: { scale: "y", field: "y" }, fill: stroke, size: { value: 22 } } },
    },
  ];
  return {
    ...base,
    width: 460,
    height: 300,
    title,
    data: [{ name: "rows", values: rows }],
    scales: [
      {
        name: "x",
        range: "width",
        domain: { data: "rows", field: "x" },
        ...(x.doubling === true ? { type: "log", base: 2 } : { type: "linear", zero: false }),
      },
      { name: "y", type: "linear", range: "height", nice: true, zero: false, domain: { data: "rows", fields: ["low", "high"] } },
      { name: "colour", type: "ordinal", domain: names, range: [...colours] },
    ],
    axes,
    legends,
    marks,
  };
};

export interface ScatterPanel {
  readonly name: string;
  /** [x, y] of each point, in one order in all panels. */
  readonly places: readonly (readonly [x: number, y: number])[];
}

/** Panels side by side, each with a scale of its own and no axes: places of t-SNE have no unit. A point has one colour in all panels. */
export const scatterPlot = (title: string, panels: readonly ScatterPanel[]): Spec => {
  const side = 250;
  const rows = panels.flatMap(({ name, places }) => places.map(([x, y], index) => ({ name, x, y, order: index })));
  const most = Math.max(1, ...panels.map(({ places }) => places.length - 1));
  return {
    ...base,
    title,
    layout: { columns: Math.max(1, panels.length), padding: 20 },
    data: [{ name: "rows", values: rows }],
    scales: [{ name: "hue", type: "sequential", domain: [0, most], range: { scheme: "turbo" } }],
    marks: panels.map(({ name }, index): Mark => {
      const own = `panel${index}`;
      return {
        type: "group",
        title: { text: name, fontSize: 12 },
        encode: { enter: { width: { value: side }, height: { value: side }, stroke: { value: grid } } },
        data: [{ name: own, source: "rows", transform: [{ type: "filter", expr: `datum.name === ${JSON.stringify(name)}` }] }],
        scales: (["x", "y"] as const).map((axis) => ({
          name: axis,
          type: "linear" as const,
          zero: false,
          domain: { data: own, field: axis },
          range: axis === "x" ? [10, side - 10] : [side - 10, 10],
        })),
        marks: [
          {
            type: "symbol",
            from: { data: own },
            encode: {
              enter: {
                x: { scale: "x", field: "x" },
                y: { scale: "y", field: "y" },
                fill: { scale: "hue", field: "order" },
                size: { value: 40 },
                fillOpacity: { value: 0.85 },
              },
            },
          },
        ],
      };
    }),
  };
};

/** The plot as SVG: the same text for the same plot, and without a document of a browser. */
export const svgOf = async (spec: Spec): Promise<string> => {
  const { parse, View } = await import("vega");
  const view = new View(parse(spec), { renderer: "none" });
  const svg = await view.toSVG();
  view.finalize();
  return `${svg}\n`;
};
