/** Figures of runs, as SVG text: no file is read or written here. */
export * from "./figure.js";
export * from "./plot.js";
export * from "./svg.js";
