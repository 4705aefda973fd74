/** Mathematics as the browser draws it by itself: a few words that make MathML, so that an equation reads here as it is printed. */
import { type ComponentChild, h } from "preact";

/** A piece of an equation. Of text, letters are names, digits numbers and everything else operators. */
export type Piece = ComponentChild;

const tokenOf = (text: string): ComponentChild => h(/^[\p{L}∞]/u.test(text) ? "mi" : /^−?\d/.test(text) ? "mn" : "mo", null, text);

const pieceOf = (piece: Piece): ComponentChild => (typeof piece === "string" ? tokenOf(piece) : piece);

const made =
  (tag: string) =>
  (...pieces: readonly Piece[]): ComponentChild =>
    h(tag, null, ...pieces.map(pieceOf));

/** Pieces beside each other. */
export const row = made("mrow");

/** base, below it to the right. */
export const sub = made("msub");

/** base, above it to the right. */
export const sup = made("msup");

/** base, below and above it to the right. */
export const both = made("msubsup");

/** above the line, below it. */
export const fraction = made("mfrac");

/** What stands under the root. */
export const root = made("msqrt");

/** A bar over a name. */
export const bar = (piece: Piece): ComponentChild => h("mover", { accent: "true" }, pieceOf(piece), tokenOf("¯"));

/** Words, upright. */
export const words = (text: string): ComponentChild => h("mtext", null, text);

/** A fence as tall as a line, whatever stands within: fonts differ in what they call tall. */
const fence = (text: string): ComponentChild => h("mo", { stretchy: "false" }, text);

const fenced =
  (open: ComponentChild, close: ComponentChild) =>
  (...pieces: readonly Piece[]): ComponentChild =>
    row(open, ...pieces, close);

/** In parentheses. */
export const parens = fenced(fence("("), fence(")"));

/** In parentheses as tall as the fractions within. */
export const tallParens = fenced("(", ")");

/** Between bars: an absolute value, a length. */
export const bars = fenced(fence("|"), fence("|"));

/** The sum over what stands below it. */
export const sum = (...below: readonly Piece[]): ComponentChild => h("munder", null, tokenOf("∑"), row(...below));

/** A whole equation; `display` gives it a line of its own. */
export const mathematics = (pieces: readonly Piece[], display = false): ComponentChild =>
  h("math", display ? { display: "block" } : null, ...pieces.map(pieceOf));
