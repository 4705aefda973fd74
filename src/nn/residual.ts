/** The basic residual block (He et al. 2016): relu(branch(x) + shortcut(x)). */
import { algebra, square } from "../engines/index.js";
import { prefixed, under } from "../tensor/index.js";
import { batchNorm } from "./batchNorm.js";
import { convolution } from "./convolution.js";
import type { Layer } from "./layer.js";
import { relu } from "./relu.js";
import { sequence } from "./sequence.js";

export interface ResidualSettings {
  readonly inputs: number;
  readonly outputs: number;
  /** Of the first convolution, and of the shortcut. */
  readonly stride: number;
}

/**
 * branch: conv1 3x3, norm1, relu, conv2 3x3, norm2. shortcut: x itself, or a 1x1 convolution and norm where the shape
 * changes. The gradient of the sum goes to both, and their gradients in x add up.
 */
export const residual = ({ inputs, outputs, stride }: ResidualSettings): Layer => {
  const threeByThree = (from: number, step: number) =>
    convolution({ inputs: from, outputs, size: [3, 3], bias: false, ...square(step, 1) });
  const branch = sequence([
    ["conv1", threeByThree(inputs, stride)],
    ["norm1", batchNorm(outputs)],
    ["relu", relu],
    ["conv2", threeByThree(outputs, 1)],
    ["norm2", batchNorm(outputs)],
  ]);
  const shortcut =
    inputs === outputs && stride === 1
      ? sequence([])
      : sequence([
          ["conv", convolution({ inputs, outputs, size: [1, 1], bias: false, ...square(stride, 0) })],
          ["norm", batchNorm(outputs)],
        ]);
  return {
    parameters: { ...branch.parameters, ...prefixed("shortcut", shortcut.parameters) },
    state: { ...branch.state, ...prefixed("shortcut", shortcut.state) },
    // The shortcut has the branch's stride and channels, so the two shapes agree and fail together.
    outputShape: branch.outputShape,
    multiplyAdds: (input) => branch.multiplyAdds(input) + shortcut.multiplyAdds(input),
    forward: (k, mode) => (parameters, state, x) => {
      const along = branch.forward(k, mode)(parameters, state, x);
      const around = shortcut.forward(k, mode)(under("shortcut", parameters), under("shortcut", state), x);
      const y = k.addRelu(along.y, around.y);
      return {
        y,
        state: { ...along.state, ...prefixed("shortcut", around.state) },
        pull: (dy) => {
          const both = k.reluPull(y, dy);
          const branchPulled = along.pull(both);
          const shortcutPulled = around.pull(both);
          return {
            parameters: { ...branchPulled.parameters, ...prefixed("shortcut", shortcutPulled.parameters) },
            x: algebra(k).add(branchPulled.x, shortcutPulled.x),
          };
        },
      };
    },
  };
};
