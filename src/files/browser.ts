/** The part of this room that needs no Node: where a seal stands in bytes. */
export * from "./sealPlace.js";
