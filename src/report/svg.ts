/** The few marks of SVG that the figures need, as text. Numbers are rounded so that the same run gives the same file. */

export type Attributes = Readonly<Record<string, string | number>>;

const round = (value: string | number): string => (typeof value === "number" ? String(Math.round(value * 100) / 100) : value);

export const escaped = (text: string): string =>
  text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");

export const element = (name: string, attributes: Attributes, content = ""): string => {
  const listed = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${escaped(round(value))}"`)
    .join("");
  return content === "" ? `<${name}${listed}/>` : `<${name}${listed}>${content}</${name}>`;
};

export const text = (x: number, y: number, content: string, attributes: Attributes = {}): string =>
  element("text", { x, y, ...attributes }, escaped(content));

export const rectangle = (x: number, y: number, width: number, height: number, attributes: Attributes): string =>
  element("rect", { x, y, width, height, ...attributes });

export const line = (x1: number, y1: number, x2: number, y2: number, attributes: Attributes): string =>
  element("line", { x1, y1, x2, y2, ...attributes });

export const polyline = (points: readonly (readonly [number, number])[], attributes: Attributes): string =>
  element("polyline", { points: points.map(([x, y]) => `${round(x)},${round(y)}`).join(" "), fill: "none", ...attributes });

/** A whole picture on a white ground, readable on light and dark pages alike. */
export const picture = (width: number, height: number, marks: readonly string[]): string =>
  element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      "font-family": "system-ui, sans-serif",
      "font-size": 12,
    },
    [rectangle(0, 0, width, height, { fill: "#ffffff" }), ...marks].join("\n"),
  );
