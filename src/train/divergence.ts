/** What to tell of a run whose loss is no number any more. */
import { at, type Named, type Tensor } from "../tensor/index.js";

/** The tensors with the largest magnitudes (or with numbers that are not finite), in words. */
export const whatWasLarge = (tensors: Named<Tensor>): string =>
  Object.entries(tensors)
    .filter(([name]) => name.startsWith("parameter.") || name.startsWith("state.") || name.startsWith("momentum."))
    .map(([name, { data }]) => {
      let largest = 0;
      for (let index = 0; index < data.length; index++) {
        const size = Math.abs(at(data, index));
        largest = Number.isNaN(size) || size > largest ? size : largest;
        if (Number.isNaN(largest)) break;
      }
      return { name, largest };
    })
    .sort(
      (a, b) =>
        (Number.isNaN(b.largest) ? Number.POSITIVE_INFINITY : b.largest) - (Number.isNaN(a.largest) ? Number.POSITIVE_INFINITY : a.largest),
    )
    .slice(0, 3)
    .map(({ name, largest }) => `${name} reaches ${Number.isFinite(largest) ? largest.toExponential(2) : String(largest)}`)
    .join(", ");
