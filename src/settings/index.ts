/**
 * How settings are described, read and explained. Every room states its own as fields; what reads them all (a config
 * file, flags, `--help`, a checkpoint) reads the table that they add up to. No setting lives here.
 */
export { parseConfig, suggestion } from "./config.js";
export * from "./fields.js";
export * from "./table.js";
