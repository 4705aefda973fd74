/** The Engine record and the engines behind it. */
export * from "./engine.js";
export * from "./geometry.js";
