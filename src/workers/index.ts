/** Jobs over worker threads. */
export * from "./pool.js";
