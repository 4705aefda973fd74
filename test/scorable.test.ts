/** Runs whose pictures or embeddings give nothing to score: they say so and end, before hours are spent. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { afterAll, expect, it } from "vitest";
import { inFlags } from "../src/cli/finish.js";
import { referenceEngine } from "../src/engines/index.js";
import type { Fault } from "../src/faults/index.js";
import { seeded, uniforms } from "../src/random/index.js";
import { parseSettings, perform, type Settings, scoreWith } from "../src/runs/index.js";
import type { Named, Tensor } from "../src/tensor/index.js";
import { firstValues, planOf, type RunEvent, type RunPictures, run } from "../src/train/index.js";

const folder = mkdtempSync(join(tmpdir(), "mdr-scorable-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const right = <A>(result: E.Either<Fault, A>): A => {
  if (E.isLeft(result)) throw new Error(result.left.message);
  return result.right;
};

const settingsOf = (more: Readonly<Record<string, unknown>> = {}): Settings =>
  right(
    parseSettings("test", {
      imageSize: 8,
      batch: 4,
      perClass: 2,
      width: 2,
      depth: 0,
      embedding: 3,
      epochs: 1,
      iterations: 1,
      out: join(folder, "run"),
      ...more,
    }),
  );

/** Four pictures of noise, looked for under these labels. */
const picturesOf = (queries: readonly number[]): RunPictures => {
  const images: Tensor = { shape: [4, 8, 8, 3], data: uniforms(4 * 8 * 8 * 3, seeded(1))[0] };
  const labels = [0, 0, 1, 1];
  const plain = () => async () => E.right(images);
  const train = {
    count: 4,
    labels,
    plain,
    async *batches() {
      while (true) yield E.right({ images, labels });
    },
  };
  return { train, query: { count: 4, labels: queries, plain } };
};

it("a run without a query that can be answered is refused before its first step, unless such queries count as misses", async () => {
  const alone = picturesOf([5, 6, 7, 8]);
  const refused = async () => pipe(await perform(referenceEngine, settingsOf(), alone)(), E.mapLeft(inFlags));
  await expect(refused()).resolves.toEqual(
    E.left(
      "none of the 4 queries has a possible match: give their classes two pictures or more, or count such queries as misses with --lone miss",
    ),
  );
  expect(existsSync(join(folder, "run"))).toBe(false);
  const { final } = right(await perform(referenceEngine, settingsOf({ lone: "miss" }), alone)());
  expect(final["recall@1"]).toBe(0);
});

it("embeddings that are not finite end a run as a fault that says what to do, and its state can still be kept", async () => {
  const settings = settingsOf();
  const plan = right(planOf(referenceEngine, settings));
  const carried: Named<Tensor> = Object.fromEntries(
    Object.entries(firstValues(settings, plan)).map(([name, { shape, data }]) => [
      name,
      { shape, data: name.startsWith("parameter.network") ? Float64Array.from(data, () => Number.NaN) : data },
    ]),
  );
  const told = async (): Promise<readonly RunEvent[]> => {
    const events: RunEvent[] = [];
    for await (const event of run(referenceEngine, plan, picturesOf([0, 0, 1, 1]), scoreWith(settings), { carried, step: 0, history: [] }))
      events.push(event);
    return events;
  };
  const fault = { where: "picture 0", what: "its embedding holds what is no finite number" };
  await expect(told()).resolves.toMatchObject([{ kind: "fault", step: 0, fault, snapshot: expect.any(Function) }]);
});
