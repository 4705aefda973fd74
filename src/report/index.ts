/** Reports and figures of runs, as HTML and SVG text: no file is read or written here. */
export * from "./atlas.js";
export * from "./chart.js";
export * from "./curves.js";
export * from "./figure.js";
export * from "./files.js";
export * from "./groups.js";
export * from "./html.js";
export * from "./levels.js";
export * from "./looked.js";
export * from "./markdown.js";
export * from "./measured.js";
export * from "./page.js";
export * from "./plot.js";
export * from "./story.js";
export * from "./svg.js";
export * from "./thumbs.js";
