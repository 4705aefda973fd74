/** `npm run bench [-- WORD]`: reads the line, and measures what it asks for; without a word the kernels and steps beside their peers. */
import { Argument, Command, InvalidArgumentError, Option } from "commander";
import { benches, Mistaken, type Wishes } from "./benches.js";
import { benchKernels } from "./kernels.js";

const positive = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("a whole number from 1 on, please");
  return value;
};

/** `1-10` */
const range = (text: string): readonly [number, number] => {
  const [first = 0, last = first] = text.split("-").map(Number);
  if (!(Number.isInteger(first) && Number.isInteger(last) && first >= 0 && last > first))
    throw new InvalidArgumentError("two seeds or more, please: 1-10");
  return [first, last];
};

const program = new Command("npm run bench --")
  .description(
    `Measures the wasm engine beside TensorFlow.js, jax-js, GPU.js and PyTorch (some minutes); or, with a word:\n${Object.entries(benches)
      .map(([word, { about }]) => `  ${word.padEnd(12)} ${about}`)
      .join("\n")}`,
  )
  .addArgument(new Argument("[what]").choices(Object.keys(benches)))
  .addArgument(new Argument("[of]", "the network of a profile or step").choices(["compact", "resnet18", "resnet50"]))
  .option("--json", "print JSON (npm run --silent bench -- --json)")
  .option("--quick", "fewer rounds")
  .addOption(new Option("--backend <name>", "gpu and soak: this one alone").choices(["wasm", "webgpu", "headlessgl", "webasm", "cpu"]))
  .option("--steps <count>", "soak: training steps", positive)
  .option("--pictures <count>", "how many pictures", positive)
  .option("--size <count>", "how many embeddings", positive)
  .option("--times <count>", "how often something is killed or damaged", positive)
  .option("--data <folder>", "folder of class folders")
  .option("--out <folder>", "where results are kept [runs/twin, runs/recipe, runs/start]")
  .option("--seeds <range>", "the first and the last", range, [1, 10] as const)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse();
const [what, of] = program.args;
const {
  json: asJson = false,
  quick = false,
  ...wishes
} = program.opts<Omit<Wishes, "asJson" | "quick" | "of"> & { readonly json?: true; readonly quick?: true }>();

const bench = what === undefined ? undefined : benches[what];
try {
  await (bench === undefined ? benchKernels({ asJson, quick }) : bench.run({ ...wishes, of, asJson, quick }));
} catch (thrown) {
  if (!(thrown instanceof Mistaken)) throw thrown;
  program.error(`error: ${thrown.message}`);
}
