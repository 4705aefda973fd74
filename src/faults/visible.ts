/** Text of unknown origin made safe to show: nothing in it can move a cursor, end a line or fill a screen. */

/** Control characters, those that turn the direction of writing or end a line, and halves of a pair. Tab and line feed are among them. */
const unseen = /[\p{Cc}\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF]|\p{Cs}/gu;

/** JSON's own way to write them, so that they may stand in a JSON text too. */
const escaped = (character: string): string =>
  ({ "\n": "\\n", "\r": "\\r", "\t": "\\t" })[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** On one line, every character that a terminal would obey written as its escape. */
export const visible = (text: string): string => text.replace(unseen, escaped);

/** The same, lines and tabs kept: for text that is laid out already. */
export const visibleLines = (text: string): string =>
  text.replace(unseen, (character) => (character === "\n" || character === "\t" ? character : escaped(character)));

/** At most `limit` characters: the middle gives way, for both ends of a path say which it is. */
export const shortened = (text: string, limit: number): string => {
  if (text.length <= limit) return text;
  const gap = ` ... (${text.length} characters) ... `;
  const head = Math.ceil((limit - gap.length) / 2);
  return `${text.slice(0, head)}${gap}${text.slice(text.length - (limit - gap.length - head))}`;
};

const lineLimit = 1000;
const linesLimit = 50;

/** At most `limit` lines, the rest as a count. */
const few = (lines: readonly string[], limit: number): readonly string[] => [
  ...lines.slice(0, limit),
  ...(lines.length > limit ? [`... and ${lines.length - limit} more`] : []),
];

/** At most `limit` lines below another, the rest as a count: an error that lists files stays readable. */
export const listed = (lines: readonly string[], limit = 20): string =>
  few(lines, limit)
    .map((line) => `\n  ${shortened(visible(line), lineLimit)}`)
    .join("");

/** A message that may end in a list: an indented line is one of the list's, any other line feed came with a name. Bounded in length. */
export const legible = (text: string): string =>
  few(
    text.split("\n  ").map((line) => shortened(visible(line), lineLimit)),
    linesLimit,
  ).join("\n  ");
