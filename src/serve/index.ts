/** Finding similar pictures over HTTP: a small service with a page, which lets nothing in but pictures and questions. */
export * from "./app.js";
export * from "./decoders.js";
export { decodedFor } from "./decoding.js";
export * from "./listen.js";
export * from "./served.js";
export type { Service } from "./service.js";
export * from "./settings.js";
