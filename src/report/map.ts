/** The map of a run as HTML: pictures and the centres of their classes, what lies under the pointer, and classes to mark. */
import { visible } from "../faults/index.js";
import type { Atlas } from "./atlas.js";
import { looks, scaleOf } from "./chart.js";
import { inText, tag, textTag } from "./html.js";
import { element, text } from "./svg.js";
import { type Thumbs, thumbOf } from "./thumbs.js";

const side = 560;

/** Shapes about a place, told apart without colour. */
const shapes = ["M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0Z", "M-3.6,-3.6h7.2v7.2h-7.2Z", "M0,-4.6L4.4,3.4H-4.4Z", "M0,-5L5,0L0,5L-5,0Z"] as const;

/** Places of everything on the map, in its drawing's units. */
const placesOf = ({ points, centres }: Atlas) => {
  const all = [...points, ...centres];
  const [x, y] = [
    scaleOf(
      all.map((one) => one.x),
      [16, side - 16],
      5,
      true,
    ),
    scaleOf(
      all.map((one) => one.y),
      [side - 16, 16],
      5,
      true,
    ),
  ];
  return (one: { readonly x: number; readonly y: number }): readonly [number, number] => [
    Math.round(10 * x.at(one.x)) / 10,
    Math.round(10 * y.at(one.y)) / 10,
  ];
};

const lookOf = (index: number): { readonly path: string; readonly colour: number } => ({
  path: shapes[Math.floor(index / looks) % shapes.length] ?? shapes[0],
  colour: index % looks,
});

/** The drawing alone. */
export const mapChart = (atlas: Atlas, thumbs: Thumbs): string => {
  const placed = placesOf(atlas);
  const numbers = new Map(atlas.centres.map(({ class: name }, index) => [name, index]));
  const label = `Map of ${atlas.points.length} pictures of ${atlas.centres.length} classes that never trained, by t-SNE. Arrow keys go from picture to picture.`;
  return element(
    "svg",
    { viewBox: `0 0 ${side} ${side}`, class: "map", role: "group", tabindex: 0, "aria-label": label },
    [
      ...atlas.points.map((point) => {
        const [x, y] = placed(point);
        const { path, colour } = lookOf(numbers.get(point.class) ?? 0);
        const thumb = thumbOf(thumbs, { side: "query", file: point.file });
        return `<path class="dot c${colour}" transform="translate(${x} ${y})" d="${path}" data-x="${x}" data-y="${y}" data-class="${inText(point.class)}" data-file="${inText(point.file)}"${thumb === undefined ? "" : ` data-thumb="${thumb}"`}/>`;
      }),
      ...atlas.centres.map((centre, index) => {
        const [x, y] = placed(centre);
        const { path, colour } = lookOf(index);
        return element("path", { class: `centre c${colour}`, transform: `translate(${x} ${y}) scale(2)`, d: path });
      }),
      ...atlas.centres.map((centre) => {
        const [x, y] = placed(centre);
        const whole = visible(centre.class);
        const name = whole.length > 22 ? `${whole.slice(0, 20)}..` : whole;
        const right = x > 0.75 * side;
        return text(right ? x - 10 : x + 10, y + 3, name, { class: right ? "centre-name end" : "centre-name" });
      }),
      element("polygon", { class: "loop", points: "" }),
    ].join(""),
  );
};

/** Drawing, what is under the pointer, classes to mark, and the list of what is marked. */
export const mapSection = (atlas: Atlas, thumbs: Thumbs): string =>
  tag(
    "div",
    { class: "atlas" },
    tag("div", { class: "wide" }, mapChart(atlas, thumbs)),
    tag(
      "div",
      {},
      tag(
        "div",
        { class: "now-shown", role: "status" },
        textTag("p", "Point at a picture, or go to the map and use the arrow keys.", { class: "soft" }),
      ),
      tag(
        "fieldset",
        {},
        textTag("legend", "Mark classes"),
        ...atlas.centres.map(({ class: name }) => tag("label", {}, `<input type="checkbox" value="${inText(name)}"> ${inText(name)}`)),
      ),
      textTag("p", "Or draw a loop around pictures.", { class: "soft" }),
      textTag("p", "No picture is marked.", { class: "count", role: "status" }),
      textTag("button", "Mark none", { type: "button" }),
      tag("ul", { class: "picked" }),
    ),
  );
