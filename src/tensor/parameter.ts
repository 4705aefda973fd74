/** What a parameter or a state tensor is before it has numbers: a shape, and how it begins. */
import type { Shape } from "./tensor.js";

/** He: normal of deviation sqrt(2 / fanIn). Uniform: +-1 / sqrt(fanIn). Values: these, in row-major order. */
export type Initialisation =
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "values"; readonly values: readonly number[] }
  | { readonly kind: "heNormal"; readonly fanIn: number }
  | { readonly kind: "uniform"; readonly fanIn: number };

/** What a parameter is before it has numbers. */
export interface ParameterSpec {
  readonly shape: Shape;
  readonly initialisation: Initialisation;
  /** How fast it learns, times the learning rate; 1 where it is left out. */
  readonly rate?: number;
}
