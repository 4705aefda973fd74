/** The verification itself: what it does with engines that are wrong, and how it reports. */
import * as E from "fp-ts/lib/Either.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { describe, expect, it } from "vitest";
import { type Engine, type Kernels, referenceEngine, referenceKernels, someEngine } from "../src/engines/index.js";
import { engineError } from "../src/faults/index.js";
import type { Tensor } from "../src/tensor/index.js";
import {
  boundOf,
  type Check,
  parseGoldens,
  readGoldens,
  renderReport,
  reportAsJson,
  reportOf,
  verifyAgainst,
  verifyKernels,
} from "../src/verify/index.js";

/** The reference with some kernels replaced, under another name so that it is run and not taken for the truth. */
const broken = (kernels: Partial<Kernels<Tensor>>): Engine<Tensor> => ({
  ...referenceEngine,
  info: { ...referenceEngine.info, name: "wasm", backend: "broken on purpose" },
  compile: (shapes, program) => referenceEngine.compile(shapes, (_, inputs) => program({ ...referenceKernels, ...kernels }, inputs)),
});

const checksOn = async (engine: Engine<Tensor>, formula: string): Promise<readonly Check[]> => {
  const goldens = await readGoldens();
  if (E.isLeft(goldens)) throw new Error(goldens.left.message);
  const chosen = goldens.right.filter((golden) => golden.formula === formula);
  const { checks } = await verifyAgainst(chosen)([someEngine(engine)], () => undefined);
  return checks.filter((check) => check.formula === formula);
};

const check: Check = {
  formula: "relu",
  section: "layer: rectifier",
  engine: "gpu",
  backend: "cpu",
  against: "golden",
  cases: 2,
  error: 1.3e-7,
  bound: 6e-5,
  pass: true,
  worst: "relu: zeros, y[3] is 1, must be 2",
};

describe("an engine that is wrong", () => {
  it("passes everything when only its name differs", async () => {
    const checks = await checksOn(broken({}), "linear");
    expect(checks.map(({ against, pass }) => [against, pass])).toEqual([
      ["golden", true],
      ["differences", true],
      ["reference", true],
    ]);
  });

  it("fails against all three witnesses when its products are 1e-5 too large", async () => {
    const matmul: Kernels<Tensor>["matmul"] = (a, b, transposed) =>
      referenceKernels.affine(referenceKernels.matmul(a, b, transposed), 1 + 1e-5, 0);
    const checks = await checksOn(broken({ matmul }), "linear");
    expect(checks.every(({ pass }) => !pass)).toBe(true);
    expect(checks[0]?.error).toBeGreaterThan(5e-6);
    expect(checks[0]?.error).toBeLessThan(2e-5);
  });

  it("fails where it gives NaN", async () => {
    const [golden] = await checksOn(broken({ map: (_, x) => referenceKernels.affine(x, Number.NaN, 0) }), "relu");
    expect(golden?.error).toBe(Number.POSITIVE_INFINITY);
    expect(golden?.pass).toBe(false);
  });

  it("fails, and says why, where it cannot compile or throws while traced", async () => {
    const refuses: Engine<Tensor> = { ...broken({}), compile: () => TE.left(engineError("out of textures")) };
    const [refused] = await checksOn(refuses, "relu");
    expect(refused?.pass).toBe(false);
    expect(refused?.worst).toContain("out of textures");
    const throws = broken({
      map: () => {
        throw new Error("no such kernel");
      },
    });
    const [thrown] = await checksOn(throws, "relu");
    expect(thrown?.pass).toBe(false);
    expect(thrown?.worst).toContain("no such kernel");
  });

  it("fails on training when Adam's second moment is kept wrong", async () => {
    const adam: Kernels<Tensor>["adam"] = (parameter, gradient, first, second, scalars, settings) =>
      referenceKernels.adam(parameter, gradient, first, second, scalars, { ...settings, beta2: settings.beta2 - 1e-6 });
    const [golden] = await checksOn(broken({ adam }), "training");
    expect(golden?.pass).toBe(false);
  });
});

describe("the precision table", () => {
  const checked = (kernels: Partial<Kernels<Tensor>>) => verifyKernels(someEngine(broken(kernels)));

  it("has a line for every kernel, and finds nothing wrong with the reference under another name", async () => {
    const checks = await checked({});
    const kernels = new Set(checks.map(({ kernel }) => kernel.split(" ")[0]));
    const named = Object.keys(referenceKernels).filter((name) => name !== "shapeOf");
    expect([...kernels].sort()).toEqual(named.sort());
    expect(checks.filter(({ error }) => error !== 0)).toEqual([]);
    expect(checks.filter(({ kernel }) => /^(map|zip|reduce) /.test(kernel))).toHaveLength(11 + 8 + 3);
  });

  it("catches each kernel that is wrong in a single entry, and no other", async () => {
    // One entry, a hundredth of the largest magnitude too large.
    const spoilt = (x: Tensor): Tensor => {
      const data = Float64Array.from(x.data);
      const largest = data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      data[data.length - 1] = (data[data.length - 1] ?? 0) + 0.01 * Math.max(largest, 1);
      return { shape: x.shape, data };
    };
    const k = referenceKernels;
    const wrong: Partial<Kernels<Tensor>> = {
      affine: (x, scale, shift) => spoilt(k.affine(x, scale, shift)),
      argMinimum: (x) => spoilt(k.argMinimum(x)),
      transpose: (x) => spoilt(k.transpose(x)),
      matmul: (a, b, transposed) => spoilt(k.matmul(a, b, transposed)),
      squaredDistances: (x, shift) => spoilt(k.squaredDistances(x, shift)),
      pick: (x, indices) => spoilt(k.pick(x, indices)),
      scatter: (x, indices, columns) => spoilt(k.scatter(x, indices, columns)),
      sample: (x, shares) => spoilt(k.sample(x, shares)),
      convolve: (x, w, geometry) => spoilt(k.convolve(x, w, geometry)),
      convolveToInput: (dy, w, geometry, input) => spoilt(k.convolveToInput(dy, w, geometry, input)),
      convolveToWeights: (x, dy, geometry, shape) => spoilt(k.convolveToWeights(x, dy, geometry, shape)),
      maxPool: (x, window) => spoilt(k.maxPool(x, window)),
      concatenate: (parts) => spoilt(k.concatenate(parts)),
      slice: (x, from, to) => spoilt(k.slice(x, from, to)),
      maxPoolToInput: (x, dy, window) => spoilt(k.maxPoolToInput(x, dy, window)),
      averagePool: (x, window) => spoilt(k.averagePool(x, window)),
      averagePoolToInput: (dy, window, input) => spoilt(k.averagePoolToInput(dy, window, input)),
      channelAffine: (x, scale, shift) => spoilt(k.channelAffine(x, scale, shift)),
      addRelu: (a, b) => spoilt(k.addRelu(a, b)),
      reluPull: (y, dy) => spoilt(k.reluPull(y, dy)),
    };
    for (const [name, kernel] of Object.entries(wrong)) {
      const failed = (await checked({ [name]: kernel })).filter(({ pass }) => !pass);
      expect(failed.map((check) => check.kernel)).toEqual([name]);
    }
    const exponential = await checked({ map: (op, x) => (op === "exponential" ? spoilt(k.map(op, x)) : k.map(op, x)) });
    expect(exponential.filter(({ pass }) => !pass).map(({ kernel }) => kernel)).toEqual(["map exponential"]);
  });

  it("says how an engine failed, and fails the report", async () => {
    const refuses: Engine<Tensor> = { ...broken({}), compile: () => TE.left(engineError("out of textures")) };
    const checks = await verifyKernels(someEngine(refuses));
    expect(checks.every(({ pass, error }) => !pass && error === Number.POSITIVE_INFINITY)).toBe(true);
    const report = reportOf([check], checks.slice(0, 1));
    expect(report.pass).toBe(false);
    const text = renderReport(report);
    expect(text).toMatch(/^kernel\s+wasm \(broken on purpose\)$/m);
    expect(text).toMatch(/^constant\s+Infinity FAIL$/m);
    expect(text).toContain("FAIL kernel constant on wasm (broken on purpose): out of textures");
    expect(JSON.parse(reportAsJson(report)).kernels[0]).toMatchObject({ kernel: "constant", error: null, pass: false });
  });
});

describe("a report", () => {
  it("reads as a table with a verdict", () => {
    const lines = renderReport(reportOf([check])).split("\n");
    expect(lines[1]).toMatch(/^relu\s+gpu \(cpu\)\s+golden\s+2\s+1\.3e-7\s+6\.0e-5\s+pass\s+layer: rectifier$/);
    expect(lines.at(-1)).toBe("all 1 checks pass");
  });

  it("says where a failed check is wrong", () => {
    const report = reportOf([check, { ...check, pass: false, error: Number.POSITIVE_INFINITY }]);
    expect(report.pass).toBe(false);
    expect(renderReport(report)).toContain("FAIL relu on gpu against golden: relu: zeros, y[3] is 1, must be 2");
    expect(renderReport(report)).toContain("1 of 2 checks fail");
    expect(JSON.parse(reportAsJson(report)).checks[1].error).toBeNull();
  });

  it("of nothing does not pass", () => {
    expect(reportOf([]).pass).toBe(false);
  });

  it("is failed by a formula without a golden case", async () => {
    const report = await verifyAgainst([])([someEngine(referenceEngine)], () => undefined);
    expect(report.pass).toBe(false);
    expect(report.checks.every(({ pass }) => !pass)).toBe(true);
  });

  it("holds float64 to tight bounds and float32 to its round-off", () => {
    expect(boundOf("formula", "golden", 2 ** -53)).toBeLessThanOrEqual(1e-12);
    expect(boundOf("training", "golden", 2 ** -53)).toBeLessThanOrEqual(1e-9);
    expect(boundOf("formula", "golden", 2 ** -24)).toBeLessThan(1e-4);
  });
});

describe("a golden file", () => {
  it("that is not JSON is refused", () => {
    expect(parseGoldens("metric.json", "{")).toMatchObject({ left: { message: expect.stringContaining("metric.json: not JSON") } });
  });

  it("whose numbers do not fill their shape is refused, with the place", () => {
    const text = JSON.stringify({
      cases: [
        { formula: "relu", name: "x", settings: {}, smooth: true, inputs: { x: { shape: [3], data: [1] } }, outputs: {}, gradients: {} },
      ],
    });
    expect(parseGoldens("layers.json", text)).toMatchObject({ left: { message: expect.stringContaining("cases.0.inputs.x") } });
  });
});
