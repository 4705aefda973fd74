/** First values of parameters and state, from a seed. Each tensor has a random stream of its own, named after it. */
import { normals, seeded, split, uniforms } from "../random/index.js";
import { full, type Named, type ParameterSpec, sizeOf, type Tensor, unsafeTensor } from "../tensor/index.js";
import type { Layer } from "./layer.js";

const begin = (seed: number, name: string, { shape, initialisation }: ParameterSpec): Tensor => {
  const stream = split(seeded(seed), name);
  const scaled = (values: Float64Array, scale: number, shift: number) =>
    unsafeTensor(
      shape,
      values.map((value) => scale * (value + shift)),
    );
  switch (initialisation.kind) {
    case "constant":
      return full(shape, initialisation.value);
    case "values":
      return unsafeTensor(shape, Float64Array.from(initialisation.values));
    case "heNormal":
      return scaled(normals(sizeOf(shape), stream)[0], Math.sqrt(2 / initialisation.fanIn), 0);
    case "uniform":
      return scaled(uniforms(sizeOf(shape), stream)[0], 2 / Math.sqrt(initialisation.fanIn), -0.5);
  }
};

/** A tensor for each specification. Adding a layer leaves the others' values as they were. */
export const initialise = (specs: Named<ParameterSpec>, seed: number): Named<Tensor> =>
  Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, begin(seed, name, spec)]));

export interface Description {
  readonly parameters: number;
  /** Products of one forward pass over the input described. */
  readonly multiplyAdds: number;
}

/** How large a network is, for an input of this shape. */
export const describe = (layer: Layer, input: readonly number[]): Description => ({
  parameters: Object.values(layer.parameters).reduce((sum, { shape }) => sum + sizeOf(shape), 0),
  multiplyAdds: layer.multiplyAdds(input),
});
