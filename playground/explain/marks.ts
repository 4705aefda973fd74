/** Where a term's line of the source is shown: a page for each file, beside the playground, in which the line has the term's own mark. */
import { sources } from "./sources.js";
import { type TermName, termNames } from "./terms.js";

/** Of a term, as an address may have it. */
export const markOf = (name: TermName): string => `term-${termNames.indexOf(name)}`;

/** Below the playground's own address. */
export const sourceAddress = (name: TermName): string => `source/${sources[name].file.replace(/\.ts$/, "")}.html#${markOf(name)}`;
