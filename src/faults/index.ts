/** What went wrong, as a value: where, what, and what to do about it. */
export * from "./content.js";
export * from "./fault.js";
export * from "./thrown.js";
export * from "./visible.js";
