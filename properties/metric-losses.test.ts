// Laws of all losses of the registry: what leaves them alone, what they say of batches that lack pairs, and that no batch breaks them.
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Kernels } from "../src/engines/index.js";
import { type WasmEngine, wasmEngine } from "../src/engines/wasm/index.js";
import {
  type Criterion,
  type HeadName,
  heads,
  type LossName,
  losses,
  type MinerName,
  miners,
  objective,
  pairwiseDistances,
  type RegularizerName,
  regularizers,
} from "../src/metric/index.js";
import { seeded, shuffled } from "../src/random/index.js";
import { at, itemOf, type Named, scalar, type Tensor, vector } from "../src/tensor/index.js";
import { allFinite, awkward, draws, labelsOf, moved, one, rotated } from "./batches.js";
import { gradientMatchesDifferences, reference as k, must, noise, relativeError, right, rowsInOrder, seeds, sum } from "./laws.js";

const classes = 4;
const names = Object.keys(losses) as readonly LossName[];
const ofDistance: readonly LossName[] = ["contrastive", "lifted-structure", "margin", "triplet"];
const ofAngle: readonly LossName[] = ["angular", "circle", "multi-similarity", "nt-xent", "proxy-anchor", "proxy-nca", "sup-con"];
const ofProxies: readonly LossName[] = ["proxy-anchor", "proxy-nca"];

type Own = Readonly<Record<string, unknown>>;

const built = (name: LossName, embedding: number, own: Own = {}, miner: MinerName = "all"): Criterion =>
  losses[name].build(own, { variant: "paper", miner: miners[miner], classes: { count: classes, embedding } });

/** Parameters of a loss with numbers of their own: proxies of noise, a boundary near the distances that there are. */
const parametersOf = ({ parameters }: Criterion, seed: number): Named<Tensor> =>
  Object.fromEntries(
    Object.entries(parameters).map(([name, { shape }]) => [name, shape.length === 0 ? scalar(1.3) : noise(shape, seed, "proxies")]),
  );

interface Asked {
  readonly own?: Own;
  readonly miner?: MinerName;
  readonly held?: Named<Tensor>;
  readonly parameters?: Named<Tensor>;
}

/** Value, gradient in the embeddings and in the parameters of a loss by itself. */
const judge = (name: LossName, x: Tensor, labels: Tensor, { own, miner, held, parameters }: Asked = {}) => {
  const criterion = built(name, x.shape[1] ?? 0, own, miner);
  const [distances, pullDistances] = pairwiseDistances(k)(x);
  const batch = { raw: x, embeddings: x, distances, labels, draws: { miner: draws(labels.data.length, 3) }, held };
  const judged = criterion.forward(k)(parameters ?? parametersOf(criterion, 7), {}, batch);
  const pulled = judged.pull(one);
  const ways = [
    ...(pulled.embeddings === undefined ? [] : [pulled.embeddings]),
    ...(pulled.distances === undefined ? [] : [pullDistances(pulled.distances)]),
  ];
  const [gradient = k.map("negate", x)] = ways;
  return { loss: itemOf(judged.loss), gradient, parameters: pulled.parameters, held: judged.held };
};

/** Twelve losses, each with every law. */
const few = { numRuns: 12 };
const size = fc.record({ n: fc.integer({ min: 4, max: 8 }), d: fc.integer({ min: 2, max: 5 }), seed: seeds });

describe.each(names)("the loss %s", (name) => {
  test("does not look at the order of the batch, beyond that within a class", () =>
    fc.assert(
      fc.property(size, ({ n, d, seed }) => {
        const [x, labels] = [noise([n, d], seed), labelsOf(n, 3)];
        const [some] = shuffled(
          Array.from({ length: n }, (_, row) => row),
          seeded(seed),
        );
        // N-pair takes the first two of each class: of each class the same stay first.
        const order = name === "n-pair" ? [...some].sort((a, b) => Math.floor(a / 3) - Math.floor(b / 3)) : some;
        const plain = judge(name, x, labels, { miner: "hardest" });
        const permuted = judge(name, rowsInOrder(x, order), vector(order.map((row) => at(labels.data, row))), { miner: "hardest" });
        expect(permuted.loss).toBeCloseTo(plain.loss, 9);
        expect(relativeError(permuted.gradient, rowsInOrder(plain.gradient, order))).toBeLessThan(1e-9);
      }),
      few,
    ));

  test("does not look at directions: it turns with the batch, and with its proxies", () =>
    fc.assert(
      fc.property(size, fc.double({ min: 0, max: 6, noNaN: true }), ({ n, d, seed }, angle) => {
        const [x, labels] = [noise([n, d], seed), labelsOf(n, 3)];
        const own = parametersOf(built(name, d), 7);
        const turned = Object.fromEntries(
          Object.entries(own).map(([key, value]) => [key, key === "proxies" ? rotated(value, angle) : value]),
        );
        const [plain, after] = [judge(name, x, labels), judge(name, rotated(x, angle), labels, { parameters: turned })];
        expect(after.loss).toBeCloseTo(plain.loss, 8);
        expect(relativeError(after.gradient, rotated(plain.gradient, angle))).toBeLessThan(1e-7);
      }),
      few,
    ));

  test("of distances does not look at the origin; of angles not at lengths; and its gradient says so", () =>
    fc.assert(
      fc.property(size, ({ n, d, seed }) => {
        const [x, labels] = [noise([n, d], seed), labelsOf(n, 3)];
        const { loss, gradient } = judge(name, x, labels);
        if (ofDistance.includes(name)) {
          expect(
            judge(
              name,
              moved(x, (value, _, column) => value + column - 3),
              labels,
            ).loss,
          ).toBeCloseTo(loss, 9);
          for (let c = 0; c < d; c++) expect(sum(Array.from({ length: n }, (_, row) => at(gradient.data, row * d + c)))).toBeCloseTo(0, 9);
        }
        if (ofAngle.includes(name)) {
          expect(
            judge(
              name,
              moved(x, (value, row) => value * (row + 0.5)),
              labels,
            ).loss,
          ).toBeCloseTo(loss, 8);
          for (let row = 0; row < n; row++) {
            const along = sum(Array.from({ length: d }, (_, c) => at(gradient.data, row * d + c) * at(x.data, row * d + c)));
            expect(Math.abs(along)).toBeLessThan(1e-9 * Math.max(1, Math.abs(loss)));
          }
        }
      }),
      few,
    ));

  test("has a gradient in embeddings and parameters that differences confirm, by any miner, its constants being held", () =>
    fc.assert(
      fc.property(size, fc.constantFrom<MinerName>("all", "hardest", "batch-hard", "batch-easy-hard"), ({ n, d, seed }, miner) => {
        const [x, labels] = [noise([n, d], seed), labelsOf(n, 3)];
        const own = { marginNu: 0.25, multiSimilarityBeta: 6, circleGamma: 4, proxyAnchorAlpha: 4, ntXentTemperature: 0.5 };
        const held = judge(name, x, labels, { own }).held ?? {};
        gradientMatchesDifferences(
          (input) => {
            const { loss, gradient } = judge(name, input, labels, { own, miner, held });
            return [scalar(loss), (dy) => k.zip("multiply", gradient, dy)];
          },
          x,
          seed,
          1e-5,
        );
        const parameters = parametersOf(built(name, d), 7);
        for (const [key, value] of Object.entries(parameters))
          gradientMatchesDifferences(
            (input) => {
              const judged = judge(name, x, labels, { own, miner, held, parameters: { [key]: input } });
              return [scalar(judged.loss), (dy) => k.zip("multiply", judged.parameters[key] ?? dy, dy)];
            },
            value,
            seed,
            1e-5,
          );
      }),
      { numRuns: 5 },
    ));
});

describe("batches that lack pairs", () => {
  const isNothing = (name: LossName, x: Tensor, labels: Tensor, miner: MinerName = "all"): void => {
    const { loss, gradient } = judge(name, x, labels, { miner });
    expect(loss, name).toBe(0);
    expect(
      Array.from(gradient.data).every((value) => value === 0),
      name,
    ).toBe(true);
  };
  const without = (...left: readonly LossName[]) => names.filter((name) => !left.includes(name));

  test("without a positive pair there is no loss, unless it pushes negatives or has proxies", () => {
    for (const name of without("contrastive", "multi-similarity", ...ofProxies)) isNothing(name, noise([5, 3], 1), labelsOf(5, 5));
    expect(judge("contrastive", noise([5, 3], 1), labelsOf(5, 5), { own: { negativeMargin: 9 } }).loss).toBeGreaterThan(0);
    expect(judge("multi-similarity", noise([5, 3], 1), labelsOf(5, 5)).loss).toBeGreaterThan(0);
    expect(judge("multi-similarity", noise([5, 3], 1), labelsOf(5, 5), { own: { multiSimilarityMining: "on" } }).loss).toBe(0);
  });
  test("of one class there is no loss, unless it draws positives or has proxies", () => {
    for (const name of without("contrastive", "multi-similarity", "sup-con", ...ofProxies))
      isNothing(name, noise([5, 3], 1), labelsOf(5, 1));
    for (const name of ["contrastive", "multi-similarity", "sup-con"] as const)
      expect(judge(name, noise([5, 3], 1), labelsOf(5, 1)).loss).toBeGreaterThan(0);
    expect(judge("multi-similarity", noise([5, 3], 1), labelsOf(5, 1), { own: { multiSimilarityMining: "on" } }).loss).toBe(0);
  });
  test("one picture alone is no pair, whatever the miner", () => {
    for (const miner of Object.keys(miners) as readonly MinerName[])
      for (const name of without(...ofProxies)) isNothing(name, noise([1, 3], 1), labelsOf(1, 1), miner);
    for (const name of ofProxies) expect(judge(name, noise([1, 3], 1), labelsOf(1, 1)).loss).toBeGreaterThan(0);
  });
  test("hinges that are all closed are nothing", () => {
    const apart = moved(noise([6, 3], 2), (value, row, column) => (row % 3 === column ? 50 : 0) + 0.001 * value);
    for (const name of ["triplet", "lifted-structure"] as const) isNothing(name, apart, labelsOf(6, 3));
    const { loss, gradient } = judge("contrastive", apart, labelsOf(6, 3), { own: { positiveMargin: 0.5 } });
    expect([loss, ...gradient.data].every((value) => value === 0)).toBe(true);
  });
});

describe("what a setting does", () => {
  const [x, labels] = [noise([9, 4], 5), labelsOf(9, 3)];
  test.each<[LossName, Own]>([
    ["angular", { angularAlpha: 50 }],
    ["circle", { circleMargin: 0.3 }],
    ["circle", { circleGamma: 64 }],
    ["contrastive", { positiveMargin: 0.5 }],
    ["contrastive", { negativeMargin: 3 }],
    ["lifted-structure", { positiveMargin: 0.5 }],
    ["lifted-structure", { negativeMargin: 3 }],
    ["margin", { margin: 0.7 }],
    ["margin", { marginNu: 0.7 }],
    ["multi-similarity", { multiSimilarityAlpha: 3 }],
    ["multi-similarity", { multiSimilarityBeta: 30 }],
    ["multi-similarity", { multiSimilarityBase: 0.4 }],
    ["multi-similarity", { multiSimilarityMining: "on" }],
    ["nt-xent", { ntXentTemperature: 0.1 }],
    ["proxy-anchor", { proxyAnchorMargin: 0.3 }],
    ["proxy-anchor", { proxyAnchorAlpha: 16 }],
    ["proxy-nca", { proxyNcaScale: 2 }],
    ["sup-con", { supConTemperature: 0.2 }],
  ])("of %s, %j, is not ignored", (name, own) => {
    expect(judge(name, x, labels, { own }).loss).not.toBeCloseTo(judge(name, x, labels).loss, 6);
  });
  test("marginBeta is where the boundary begins, marginRate and proxyRate how fast parameters learn", () => {
    expect(built("margin", 4, { marginBeta: 0.7, marginRate: 9 }).parameters.boundary).toMatchObject({
      initialisation: { kind: "constant", value: 0.7 },
      rate: 9,
    });
    for (const name of ofProxies)
      expect(built(name, 4, { proxyRate: 3 }).parameters.proxies).toMatchObject({ shape: [classes, 4], rate: 3 });
  });
  test("a loss with proxies is not built for classes that nobody counted", () => {
    for (const name of ofProxies) expect(() => losses[name].build({}, { variant: "paper", miner: miners.all })).toThrow("how many");
  });
});

describe("the triplet loss", () => {
  test("takes the pairs that its miner chose, and their mean", () => {
    const [x, labels] = [noise([7, 3], 6), labelsOf(7, 2)];
    const [{ data }] = pairwiseDistances(k)(x);
    const of = (a: number, b: number) => at(data, 7 * a + b);
    const hinges = Array.from({ length: 7 }, (_, a) => {
      const others = Array.from({ length: 7 }, (_, b) => b).filter((b) => b !== a);
      const near = Math.min(...others.filter((b) => b % 2 !== a % 2).map((b) => of(a, b)));
      return Math.max(0, Math.max(...others.filter((b) => b % 2 === a % 2).map((b) => of(a, b))) - near + 0.2);
    });
    expect(judge("triplet", x, labels, { miner: "batch-hard" }).loss).toBeCloseTo(sum(hinges) / 7, 12);
  });
});

describe("N-pair", () => {
  test("takes the first two of each class and looks at no other", () => {
    const labels = vector([0, 1, 0, 0, 1, 2]);
    const x = noise([6, 3], 4);
    const { loss, gradient } = judge("n-pair", x, labels);
    expect(
      judge(
        "n-pair",
        moved(x, (value, row) => (row === 3 || row === 5 ? 9 : value)),
        labels,
      ).loss,
    ).toBe(loss);
    for (const row of [3, 5]) expect(Array.from(gradient.data).slice(3 * row, 3 * row + 3)).toEqual([0, 0, 0]);
    for (const row of [0, 1, 2, 4]) expect(Array.from(gradient.data).slice(3 * row, 3 * row + 3)).not.toContain(0);
  });
});

/** Everything that every loss says of a batch under every head, with every regularizer, as one program. */
const headNames = Object.keys(heads) as readonly HeadName[];
const regularizerNames = Object.keys(regularizers) as readonly RegularizerName[];
const wholes = names.flatMap((loss) => headNames.map((head) => ({ loss, head })));
const objectiveOf = (loss: LossName, head: HeadName, regularizer: RegularizerName, embedding: number) =>
  objective({
    head: heads[head],
    loss: built(loss, embedding, {}, "batch-hard"),
    regularizer: regularizers[regularizer].build({}, { variant: "paper" }),
  });

const whole = <T>(
  kernels: Kernels<T>,
  loss: LossName,
  head: HeadName,
  regularizer: RegularizerName,
  embeddings: T,
  labels: T,
): readonly T[] => {
  const { parameters, state, forward } = objectiveOf(loss, head, regularizer, kernels.shapeOf(embeddings)[1] ?? 0);
  const begun = (specs: typeof parameters): Named<T> =>
    Object.fromEntries(
      Object.entries(specs).map(([name, { shape }]) => {
        const levels = name.endsWith("levels");
        return [name, kernels.constant(levels ? vector([-3, 0, 3]) : shape.length === 0 ? scalar(0) : noise(shape, 7, name))];
      }),
    );
  const judged = forward(kernels)(begun(parameters), begun(state), { embeddings, labels, draws: {} });
  const pulled = judged.pull(kernels.constant(scalar(1)));
  return [judged.loss, pulled.embeddings, ...Object.values(pulled.parameters)];
};

test("every loss stands under every head and beside every regularizer: values add up, and differences confirm the gradient", () => {
  const [x, labels] = [noise([6, 3], 11), labelsOf(6, 3)];
  for (const { loss, head } of wholes)
    for (const regularizer of regularizerNames) {
      const of = (input: Tensor, own: RegularizerName) => whole(k, loss, head, own, input, labels);
      const [value, gradient] = of(x, regularizer);
      const [alone] = of(x, "none");
      if (value === undefined || gradient === undefined || alone === undefined) throw new Error("a loss and a gradient");
      if (regularizer === "none") expect(itemOf(value)).toBe(itemOf(alone));
      else expect(itemOf(value), `${loss} ${head} ${regularizer}`).toBeGreaterThan(itemOf(alone));
      // The statistics of MDR and the weights of the circle loss follow the batch and are constants for the gradient.
      if (regularizer === "mdr" || loss === "circle") continue;
      gradientMatchesDifferences(
        (input) => {
          const [y = input, dx = input] = of(input, regularizer);
          return [y, (dy) => k.zip("multiply", dx, dy)];
        },
        x,
        1,
        1e-4,
      );
    }
});

describe("no batch gives NaN, in float64 or float32, by any loss under any head", () => {
  const n = 6;
  const batches = (d: number) => awkward(n, d);
  const labelings = { "three classes": labelsOf(n, 3), "one class": labelsOf(n, 1), "no two alike": labelsOf(n, n) };
  const program = <T>(kernels: Kernels<T>, [embeddings, labels]: readonly T[]): readonly T[] => {
    if (embeddings === undefined || labels === undefined) throw new Error("two inputs");
    return wholes.flatMap(({ loss, head }) => whole(kernels, loss, head, "sec", embeddings, labels).slice(0, 2));
  };
  let engine: WasmEngine | undefined;
  beforeAll(async () => {
    engine = await must(wasmEngine({ threads: 1 }));
  });
  afterAll(async () => {
    if (engine !== undefined) await must(engine.close);
  });

  test.each([1, 64])("embeddings of length %d", async (d) => {
    if (engine === undefined) throw new Error("no engine");
    const { run, close } = await must(engine.compile([[n, d], [n]], program));
    for (const [batch, x] of Object.entries(batches(d)))
      for (const [labeling, labels] of Object.entries(labelings)) {
        const residents = [x, labels].map(engine.upload);
        const outputs = await must(run(residents));
        const results = { float64: program(k, [x, labels]), float32: await Promise.all(outputs.map((output) => must(output.read))) };
        for (const resident of [...residents, ...outputs]) resident.release();
        for (const [precision, tensors] of Object.entries(results)) {
          const broken = tensors.flatMap((tensor, index) =>
            allFinite(tensor) ? [] : [`${JSON.stringify(wholes[Math.floor(index / 2)])} ${index % 2 === 0 ? "loss" : "gradient"}`],
          );
          expect(broken, `${precision}, ${batch}, ${labeling}`).toEqual([]);
        }
      }
    close();
  });

  test("no loss keeps N^3 numbers: at batch 256 each takes less than a quarter of them, loss and gradient", () => {
    if (engine?.measure === undefined) throw new Error("an engine that measures");
    const count = 256;
    for (const loss of names) {
      const measured = right(
        engine.measure([[count, 32], [count]], (kernels, [embeddings, labels]) => {
          if (embeddings === undefined || labels === undefined) throw new Error("two inputs");
          return whole(kernels, loss, "none", "none", embeddings, labels).map((value) => kernels.affine(value, 1, 0));
        }),
      );
      expect(measured.needed, loss).toBeLessThan((4 * count ** 3) / 4);
    }
  });
});
