/** A grid on many machines: its cells in a queue on Redis, by BullMQ; who puts them there, and the workers that train them, each in a process of its own. */
export * from "./address.js";
export * from "./carrier.js";
export * from "./cellQueue.js";
export * from "./child.js";
export * from "./connection.js";
export * from "./folder.js";
export * from "./job.js";
export * from "./leases.js";
export * from "./orders.js";
export * from "./packages.js";
export * from "./worker.js";
