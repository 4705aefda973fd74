/** The immutable tensor: shape, numbers, ndarray views, shape errors; named tensors, their layouts, and what a parameter is. */
export * from "./channels.js";
export * from "./layout.js";
export * from "./named.js";
export * from "./parameter.js";
export * from "./tensor.js";
export * from "./view.js";
