/** Output shapes of layers that slide a window over [N, H, W, C]. */
import * as E from "fp-ts/lib/Either.js";
import { type Geometry, outputSize } from "../engines/index.js";
import { type Fault, shapeError } from "../faults/index.js";
import { axisLength, type Shape, showShape } from "../tensor/index.js";

/** [N, H, W, C] -> [N, H', W', channels], or which axis is too short or wrong. */
export const slidOver = (
  layer: string,
  input: Shape,
  size: readonly [number, number],
  geometry: Geometry,
  channels: number,
): E.Either<Fault, Shape> => {
  if (input.length !== 4) return E.left(shapeError(`${layer}: needs images [N, H, W, C], got ${showShape(input)}`));
  const [height, width] = outputSize([axisLength(input, 1), axisLength(input, 2)], size, geometry);
  return height < 1 || width < 1
    ? E.left(
        shapeError(
          `${layer}: the ${height < 1 ? "height" : "width"} of ${showShape(input)} is smaller than the ${size[0]} x ${size[1]} window`,
        ),
      )
    : E.right([axisLength(input, 0), height, width, channels]);
};
