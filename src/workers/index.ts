/** Jobs over worker threads. */
export * from "./crew.js";
export * from "./pool.js";
