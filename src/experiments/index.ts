/** Grids of recipes: their cells, the scheduler that has them trained once each, and the tables that they make. */
export * from "./cells.js";
export * from "./csv.js";
export * from "./figures.js";
export * from "./grid.js";
export * from "./here.js";
export * from "./markdown.js";
export * from "./outcome.js";
export * from "./published.js";
export * from "./recipe.js";
export * from "./schedule.js";
export * from "./section.js";
export * from "./student.js";
export * from "./summary.js";
export * from "./watched.js";
