/** Jobs over worker threads. */
export { shareIn, type Take, unshared, usualAllowance } from "./allowance.js";
export * from "./crew.js";
export * from "./pool.js";
export { saysReady } from "./ready.js";
