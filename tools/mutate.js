// `npm run mutate`: breaks one formula at a time in a copy of the source and asks the golden tests to notice.
// `npm run mutate -- text` takes only the mutations whose description holds the text.
// Exits 1 if a mutation survives, or no longer finds its text.
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** [what is broken, file under src, its text, what replaces it] */
const mutations = [
  ["distances: a larger floor", "metric/distances.ts", "squaredFloor = 1e-12", "squaredFloor = 1e-10"],
  ["distances: a gradient where points coincide", "metric/distances.ts", 'k.zip("less", floor, squared)', "k.affine(squared, 0, 1)"],
  [
    "distances: gradient as row sums less a product, which cancels",
    "metric/distances.ts",
    'k.alongDifferences(k.zip("add", weights, k.transpose(weights)), embeddings)',
    'k.zip("subtract", k.zip("multiply", k.reduce("sum", k.zip("add", weights, k.transpose(weights)), [1]), embeddings), k.matmul(k.zip("add", weights, k.transpose(weights)), embeddings))',
  ],
  ["distances: gradient of one end only", "metric/distances.ts", 'k.zip("add", weights, k.transpose(weights))', "weights"],
  [
    "official distances: epsilon added after the square",
    "engines/reference/matrix.ts",
    "columns + k) + shift) ** 2",
    "columns + k)) ** 2 + shift ** 2",
  ],
  [
    "along differences: towards the others",
    "engines/reference/matrix.ts",
    "weight * (at(x.data, i * columns + k) - at(x.data, j * columns + k))",
    "weight * (at(x.data, j * columns + k) - at(x.data, i * columns + k))",
  ],
  [
    "official distances: epsilon left out of the gradient",
    "metric/distances.ts",
    "k.affine(outward, epsilon, 0)",
    "k.affine(outward, 0, 0)",
  ],
  [
    "statistics: diagonal counted by the paper's variant",
    "metric/statistics.ts",
    "const counted = official ? centred",
    "const counted = true ? centred",
  ],
  ["statistics: official deviation biased", "metric/statistics.ts", "official ? Math.max(entries - 1, 1) : entries", "entries"],
  ["statistics: paper's deviation unbiased", "metric/statistics.ts", "official ? Math.max(entries - 1, 1) : entries", "entries - 1"],
  ["momentum: shares swapped", "metric/statistics.ts", "k.affine(keep, -1, 1), now", "keep, now"],
  ["momentum: first batch does not initialise", "metric/statistics.ts", "k.affine(state.seen, gamma, 0)", "k.affine(state.seen, 0, gamma)"],
  ["mdr: statistics used before their update", "metric/mdr.ts", "normalise(k)(momentum)(distances)", "normalise(k)(before)(distances)"],
  [
    "mdr: diagonal counted",
    "metric/mdr.ts",
    'k.zip("multiply", k.zip("subtract", normalised, nearest), apart)',
    'k.zip("subtract", normalised, nearest)',
  ],
  ["mdr: mean over N^2", "metric/mdr.ts", "const share = 1 / pairCount(count)", "const share = 1 / (count * count)"],
  [
    "mdr: sign of the levels' gradient",
    "metric/mdr.ts",
    'levels: k.map("negate", k.reshape(perLevel, k.shapeOf(levels)))',
    "levels: k.reshape(perLevel, k.shapeOf(levels))",
  ],
  ["mdr: levels detached", "metric/mdr.ts", 'k.map("negate", k.reshape(perLevel, k.shapeOf(levels)))', "k.affine(levels, 0, 0)"],
  ["levels: decay's gradient without its factor 2", "metric/levels.ts", "k.affine(levels, 2 * nu, 0)", "k.affine(levels, nu, 0)"],
  [
    "levels: gaps not absolute",
    "metric/levels.ts",
    'k.map("absolute", k.zip("subtract", k.reshape(normalised',
    'k.map("negate", k.zip("subtract", k.reshape(normalised',
  ],
  [
    "head: the mean detached",
    "metric/head.ts",
    'return k.zip("add", k.zip("multiply", gradient, inverse), pullMean(toMean));',
    'return k.zip("multiply", gradient, inverse);',
  ],
  ["head: L2 gradient not projected", "metric/head.ts", 'k.zip("subtract", gradient, k.zip("multiply", unit, along))', "gradient"],
  ["mining: exponent off by one", "metric/mining.ts", "within), 2 - length, 0)", "within), 1 - length, 0)"],
  ["mining: exponent of the second factor not halved", "metric/mining.ts", "(length - 3) / 2, 0)", "length - 3, 0)"],
  ["mining: far negatives kept", "metric/mining.ts", "const farthest = 1.4;", "const farthest = 1.9;"],
  ["mining: near negatives not clamped", "metric/mining.ts", "const nearest = 0.5;", "const nearest = 0.25;"],
  [
    "mining: a row without weight stays without",
    "metric/mining.ts",
    'k.zip("multiply", without, negatives)',
    'k.zip("multiply", k.affine(without, 0, 0), negatives)',
  ],
  [
    "mining: semi-hard takes nearer negatives",
    "metric/mining.ts",
    'k.zip("less", k.reshape(distances, [count, count, 1]), toNegative)',
    'k.zip("less", toNegative, k.reshape(distances, [count, count, 1]))',
  ],
  [
    "triplet: margin subtracted",
    "metric/triplet.ts",
    "k.pick(distances, negativeIndices)), 1, margin)",
    "k.pick(distances, negativeIndices)), 1, -margin)",
  ],
  [
    "triplet: the negative detached",
    "metric/triplet.ts",
    'pullDistances(k.zip("subtract", toPositive, k.scatter(toPositive, negativeIndices, count)))',
    "pullDistances(toPositive)",
  ],
  ["objective: lambda missing in the gradient", "metric/objective.ts", "mdr.pull(k.constant(scalar(settings.lambda)))", "mdr.pull(one)"],
  [
    "objective: regularizer on raw embeddings",
    "metric/objective.ts",
    "mdrLoss(k, settings)(momentum, distances, levels)",
    "mdrLoss(k, settings)(momentum, pairwiseDistances(k)(embeddings)[0], levels)",
  ],
  ["convolution: kernel flipped", "engines/reference/convolution.ts", "geometry.stride[0] + ky -", "geometry.stride[0] + (kh - 1 - ky) -"],
  ["convolution: bias not summed over images", "nn/convolution.ts", 'k.reduce("sum", dy, [0, 1, 2])', 'k.reduce("maximum", dy, [0, 1, 2])'],
  ["pooling: gradient to the last of several largest", "engines/reference/pooling.ts", "return value > held ||", "return value >= held ||"],
  ["pooling: padding not counted", "engines/reference/pooling.ts", "0) / area;", "0) / covered.length;"],
  ["batch norm: running variance biased", "nn/batchNorm.ts", "count / Math.max(count - 1, 1)", "1"],
  [
    "batch norm: running momentum reversed",
    "nn/batchNorm.ts",
    "k.affine(named(state, name), 1 - momentum, 0)",
    "k.affine(named(state, name), momentum, 0)",
  ],
  [
    "batch norm: gradient through the mean missing",
    "engines/composed.ts",
    "subtract(subtract(dy, k.affine(dShift, share, 0))",
    "subtract((dy)",
  ],
  [
    "batch norm: epsilon outside the root",
    "engines/composed.ts",
    'k.map("squareRoot", k.affine(variance, 1, epsilon))',
    'k.affine(k.map("squareRoot", variance), 1, epsilon)',
  ],
  ["relu: gradient at zero", "engines/reference/elementwise.ts", "positive: (x) => (x > 0 ? 1 : 0)", "positive: (x) => (x >= 0 ? 1 : 0)"],
  ["residual: shortcut's gradient lost", "nn/residual.ts", 'x: k.zip("add", branchPulled.x, shortcutPulled.x)', "x: branchPulled.x"],
  [
    "linear: bias gradient halved",
    "nn/linear.ts",
    'bias: k.reshape(k.reduce("sum", dy, [0]), [outputs])',
    'bias: k.affine(k.reshape(k.reduce("sum", dy, [0]), [outputs]), 0.5, 0)',
  ],
  [
    "levels: ties to the highest index",
    "engines/reference/reduce.ts",
    "< at(x.data, row * columns + best)",
    "<= at(x.data, row * columns + best)",
  ],
  [
    "sampling: the column before",
    "engines/reference/indexing.ts",
    "if (running > threshold)",
    "if (running + at(weights.data, row * columns + column + 1) > threshold)",
  ],
  [
    "adam: weight decay left out of the gradient",
    "engines/composed.ts",
    "const g = add(gradient, k.affine(parameter, weightDecay, 0));",
    "const g = gradient;",
  ],
  [
    "adam: weight decay decoupled as well",
    "engines/composed.ts",
    "parameter: subtract(parameter, step)",
    "parameter: subtract(k.affine(parameter, 1 - weightDecay, 0), step)",
  ],
  ["adam: second moment not corrected", "engines/composed.ts", 'k.zip("divide", v, scalars.correction2)', "v"],
  [
    "adam: epsilon inside the root",
    "engines/composed.ts",
    'k.affine(k.map("squareRoot", vHat), 1, epsilon)',
    'k.map("squareRoot", k.affine(vHat, 1, epsilon))',
  ],
  ["adam: corrections of the step before", "optim/adam.ts", "1 - beta1 ** step", "1 - beta1 ** (step + 1)"],
  ["sgd: decay's sign", "optim/sgd.ts", "k.affine(parameter, weightDecay, 0)", "k.affine(parameter, -weightDecay, 0)"],
  ["schedule: a milestone early", "optim/schedule.ts", "epoch > milestone", "epoch >= milestone"],
  [
    "training: levels do not train",
    "train/step.ts",
    'name !== levelsName || settings.objective.method === "triplet-mdr"',
    "name !== levelsName",
  ],
];

/** What noticed the broken formula, or why the mutation does not count as noticed. */
const tried = (copy, file, text, replacement) => {
  const path = join(copy, "src", file);
  const source = readFileSync(path, "utf8");
  if (!source.includes(text)) return { caught: false, how: "its text is gone: bring the mutation up to date" };
  writeFileSync(
    path,
    source.replace(text, () => replacement),
  );
  const { status, output } = runTests(copy);
  writeFileSync(path, source);
  const witness = /AssertionError: against (\w+: [^,]+)/.exec(output)?.[1];
  if (status === 0) return { caught: false, how: "every test passed" };
  // A copy that does not even run proves nothing about the tests.
  return witness === undefined
    ? { caught: false, how: `the tests failed for another reason:\n${output.slice(-1500)}` }
    : { caught: true, how: witness };
};

const runTests = (copy) => {
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const run = spawnSync(process.execPath, [vitest, "run", "test/golden.test.ts", "--bail", "1", "-t", "agrees"], {
    cwd: copy,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
  return { status: run.status, output: run.stdout + run.stderr };
};

const wanted = process.argv[2] ?? "";
const copy = mkdtempSync(join(tmpdir(), "mdr-mutate-"));
for (const name of ["src", "test", "golden", "properties", "package.json", "tsconfig.json", "vitest.config.ts"]) {
  cpSync(join(root, name), join(copy, name), { recursive: true });
}
symlinkSync(join(root, "node_modules"), join(copy, "node_modules"), "dir");

const untouched = runTests(copy);
const problems = untouched.status === 0 ? [] : [`the tests fail before any mutation:\n${untouched.output.slice(-3000)}`];
const chosen = problems.length > 0 ? [] : mutations.filter(([what]) => what.includes(wanted));
for (const [what, file, text, replacement] of chosen) {
  const { caught, how } = tried(copy, file, text, replacement);
  process.stdout.write(`${caught ? "caught  " : "SURVIVED"}  ${what} (src/${file}) | ${how}\n`);
  if (!caught) problems.push(what);
}
rmSync(copy, { recursive: true, force: true });
process.stdout.write(
  problems.length === 0 ? `all ${chosen.length} mutations caught\n` : `${problems.length} problem(s):\n${problems.join("\n")}\n`,
);
process.exit(problems.length === 0 ? 0 : 1);
