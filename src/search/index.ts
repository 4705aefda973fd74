/** Finding similar pictures: an index of a folder's embeddings that is kept up to date, and what is near to what in it. */
export * from "./aim.js";
export * from "./crossover.js";
export * from "./entry.js";
export * from "./indexing.js";
export { type KeeperOptions, openKeeper } from "./keeper.js";
export { type Network, networkAt, networkOfIndex, openPhotoEmbedder } from "./network.js";
export { indexStamp, type OpenIndexOptions, openIndex } from "./open.js";
export { isServer, shownPlace } from "./places.js";
