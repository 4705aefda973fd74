// Where float32 decides: a negative of another label that nearly coincides with its anchor, hinge open, near and far from the origin.
import * as E from "fp-ts/lib/Either.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { gpuEngine } from "../src/engines/gpu/index.js";
import { type Engine, type SomeEngine, someEngine } from "../src/engines/index.js";
import { wasmEngine } from "../src/engines/wasm/index.js";
import { type GoldenCase, readGoldens, subjects } from "../src/verify/index.js";
import { must, relativeError, right } from "./laws.js";

/** The golden cases whose settings state how far PyTorch's own float32 is from the truth. */
const goldens: readonly GoldenCase[] = right(await readGoldens()).filter(({ settings }) => typeof settings.float32Error === "number");

const opened = async <T>(engine: Promise<Engine<T>>): Promise<SomeEngine> => someEngine(await engine);
const engines: Readonly<Record<string, () => Promise<SomeEngine>>> = {
  wasm: () => opened(must(wasmEngine({ threads: 2 }))),
  "GPU.js webasm": () => opened(must(gpuEngine("webasm"))),
  "GPU.js cpu": () => opened(must(gpuEngine("cpu"))),
};

describe.each(Object.entries(engines))("the gradient of the triplet loss near duplicates of another label, on %s", (_, open) => {
  let engine: SomeEngine | undefined;
  beforeAll(async () => {
    engine = await open();
  });
  afterAll(async () => {
    if (engine !== undefined) await engine((known) => known.close)();
  });

  test.each(goldens.map((golden) => [golden.name, golden] as const))("%s", async (name, golden) => {
    const subject = subjects.find(({ formula }) => formula === golden.formula);
    if (subject === undefined || engine === undefined) throw new Error(`nothing computes ${name}`);
    const outcome = await engine((known) => subject.run(known, golden))();
    if (E.isLeft(outcome)) throw new Error(outcome.left.message);
    const bound = Math.max(1e-5, 3 * Number(golden.settings.float32Error));
    for (const [input, truth] of Object.entries(golden.gradients)) {
      const found = outcome.right.gradients[input];
      if (found === undefined) throw new Error(`no gradient in ${input}`);
      expect(relativeError(found, truth, 0)).toBeLessThan(bound);
    }
  });
});

test("such cases are there for both variants, at offsets 0, 3 and 10", () => {
  for (const variant of ["paper", "official"]) {
    for (const offset of [0, 3, 10]) {
      const some = goldens.filter(({ name, settings }) => settings.variant === variant && name.includes(`${offset} from the origin`));
      expect(some.length).toBeGreaterThanOrEqual(2);
    }
  }
});
