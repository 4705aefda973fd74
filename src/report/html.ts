/** HTML as text: everything that comes from outside goes through `inText`, `tag` or `inScript`. */
import { visible } from "../faults/index.js";

/** Text of unknown origin within a page or between the quotes of an attribute. */
export const inText = (text: string): string => visible(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

export type Marks = Readonly<Record<string, string | number | boolean>>;

/** An element: values of attributes are text, content is HTML. `true` is an attribute without a value, `false` none. */
export const tag = (name: string, marks: Marks, ...content: readonly string[]): string => {
  const listed = Object.entries(marks).map(([key, value]) =>
    value === false ? "" : value === true ? ` ${key}` : ` ${key}="${inText(String(value))}"`,
  );
  return `<${name}${listed.join("")}>${content.join("")}</${name}>`;
};

/** The same of text. */
export const textTag = (name: string, text: string, marks: Marks = {}): string => tag(name, marks, inText(text));

/** Values as JSON within a script element, which nothing in them can end. */
export const inScript = (value: unknown): string =>
  JSON.stringify(value, (_, one) => (typeof one === "number" && !Number.isFinite(one) ? String(one) : one)).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** A table with a line of titles; the first cell of a row names it. A cell is HTML; rows beyond `most` are counted. */
export const tableOf = (caption: string, titles: readonly string[], rows: readonly (readonly string[])[], most = 200): string =>
  tag(
    "div",
    // What scrolls can be scrolled by keyboard.
    { class: "wide", tabindex: 0, role: "group", "aria-label": caption },
    tag(
      "table",
      {},
      textTag("caption", rows.length > most ? `${caption}; ${most} of ${rows.length} rows` : caption),
      tag("thead", {}, tag("tr", {}, ...titles.map((title) => textTag("th", title, { scope: "col" })))),
      tag(
        "tbody",
        {},
        ...rows
          .slice(0, most)
          .map(([first = "", ...cells]) => tag("tr", {}, tag("th", { scope: "row" }, first), ...cells.map((cell) => tag("td", {}, cell)))),
      ),
    ),
  );

export const shareText = (share: number | undefined): string =>
  share === undefined || !Number.isFinite(share) ? "-" : `${(100 * share).toFixed(1)} %`;

/** Four digits are enough to read; the page's JSON has all. */
export const numberText = (value: number | undefined): string =>
  value === undefined ? "-" : Number.isFinite(value) ? String(Number(value.toPrecision(4))) : String(value);
