/** The immutable tensor: shape, numbers, ndarray views, shape errors. */
export * from "./tensor.js";
export * from "./view.js";
