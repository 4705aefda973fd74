/** Residual blocks (He et al. 2016): relu(branch(x) + shortcut(x)). */
import { algebra, square } from "../engines/index.js";
import { prefixed, under } from "../tensor/index.js";
import { batchNorm } from "./batchNorm.js";
import { convolution } from "./convolution.js";
import type { Layer } from "./layer.js";
import { relu } from "./relu.js";
import { sequence } from "./sequence.js";

/** Channels and stride of a block. */
export interface ResidualSettings {
  readonly inputs: number;
  readonly outputs: number;
  /** Of the branch's first 3x3 convolution, and of the shortcut. */
  readonly stride: number;
}

/** x itself, or a 1x1 convolution and norm where the shape changes. */
const shortcutOf = ({ inputs, outputs, stride }: ResidualSettings): Layer =>
  inputs === outputs && stride === 1
    ? sequence([])
    : sequence([
        ["conv", convolution({ inputs, outputs, size: [1, 1], bias: false, ...square(stride, 0) })],
        ["norm", batchNorm(outputs)],
      ]);

/** relu(branch(x) + shortcut(x)). The gradient of the sum goes to both, and their gradients in x add up. */
const joined = (branch: Layer, shortcut: Layer): Layer => {
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

const square3 = (inputs: number, outputs: number, stride: number): Layer =>
  convolution({ inputs, outputs, size: [3, 3], bias: false, ...square(stride, 1) });

const point = (inputs: number, outputs: number): Layer => convolution({ inputs, outputs, size: [1, 1], bias: false, ...square(1, 0) });

/** The basic block. branch: conv1 3x3, norm1, relu, conv2 3x3, norm2. */
export const residual = (settings: ResidualSettings): Layer => {
  const { inputs, outputs, stride } = settings;
  const branch = sequence([
    ["conv1", square3(inputs, outputs, stride)],
    ["norm1", batchNorm(outputs)],
    ["relu", relu],
    ["conv2", square3(outputs, outputs, 1)],
    ["norm2", batchNorm(outputs)],
  ]);
  return joined(branch, shortcutOf(settings));
};

/** Channels of a bottleneck block over those within it. */
export const expansion = 4;

/**
 * The bottleneck block, a quarter of its `outputs` channels within. branch: conv1 1x1, norm1, relu, conv2 3x3, norm2, relu, conv3 1x1,
 * norm3. The stride is the 3x3 convolution's, as in torchvision, and not the first 1x1's, as in the paper.
 */
export const bottleneck = (settings: ResidualSettings): Layer => {
  const { inputs, outputs, stride } = settings;
  const within = outputs / expansion;
  const branch = sequence([
    ["conv1", point(inputs, within)],
    ["norm1", batchNorm(within)],
    ["relu1", relu],
    ["conv2", square3(within, within, stride)],
    ["norm2", batchNorm(within)],
    ["relu2", relu],
    ["conv3", point(within, outputs)],
    ["norm3", batchNorm(outputs)],
  ]);
  return joined(branch, shortcutOf(settings));
};
