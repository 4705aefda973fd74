/** Engines by openers: what `auto` takes and why, what a name means, and a toy that needs one file and one line. */
import * as E from "fp-ts/lib/Either.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { describe, expect, test } from "vitest";
import {
  type Engine,
  type EngineOpener,
  engineFieldsOf,
  type OpenedEngine,
  openAmong,
  openerOf,
  openers,
  referenceEngine,
  referenceKernels,
  someEngine,
  type WasmOptions,
  wasmEngine,
} from "../src/engines/index.js";
import { engineError, type Fault } from "../src/faults/index.js";
import type { Tensor } from "../src/tensor/index.js";

const right = <A>(result: E.Either<Fault, A>): A => {
  if (E.isLeft(result)) throw new Error(result.left.message);
  return result.right;
};

const called = (name: string, change: Partial<Engine<Tensor>> = {}): Engine<Tensor> => ({
  ...referenceEngine,
  info: { ...referenceEngine.info, name },
  ...change,
});

/** What a new engine is: a name, its ways to run, and how it is opened. */
const toy = openerOf({ name: "toy", about: "the reference by another name", modes: [], open: () => TE.right(someEngine(called("toy"))) });

/** An opener of this speed, that keeps a count of what it has open. */
const counted = (
  name: string,
  speed: number,
  most = speed,
): { readonly opener: EngineOpener; readonly seen: { opened: number; closed: number } } => {
  const seen = { opened: 0, closed: 0 };
  const close: TE.TaskEither<Fault, void> = async () => {
    seen.closed += 1;
    return E.right(undefined);
  };
  const opener = openerOf({
    name,
    about: "",
    modes: [`${name} one`, `${name} two`],
    open: () => async () => {
      seen.opened += 1;
      return E.right(someEngine(called(name, { close })));
    },
    auto: { most, verdict: () => ({ speed, because: `${name} has speed ${speed}` }) },
  });
  return { opener, seen };
};

const broken = openerOf({
  name: "broken",
  about: "",
  modes: [],
  open: () => TE.left(engineError("its battery is flat", { remedy: "charge it" })),
  auto: { most: 9, verdict: () => ({ speed: 9, because: "it is never open" }) },
});

const open = async (among: readonly EngineOpener[], engine: string, gpuMode = "auto"): Promise<OpenedEngine> =>
  right(await openAmong(among)({ engine, gpuMode })());

const complaint = async (among: readonly EngineOpener[], engine: string, gpuMode = "auto"): Promise<string> => {
  const result = await openAmong(among)({ engine, gpuMode })();
  return E.isLeft(result) ? result.left.message : "it opened";
};

describe("a toy engine", () => {
  test("is named by the settings, opened by its name and probed, and auto never takes it", async () => {
    const among = [...openers, toy];
    expect(engineFieldsOf(among).engine.parse("toy")).toBe("toy");
    expect(engineFieldsOf(openers).engine.safeParse("toy").success).toBe(false);
    const { info, why, close } = await open(among, "toy");
    expect({ name: info.name, why }).toEqual({ name: "toy", why: "engine toy, float64 loops, on CPU, one thread (asked for)" });
    await close();
    expect(await toy.probe("auto")()).toMatchObject({ engine: "toy", mode: "auto", works: true, problem: null });
    expect(await complaint([toy], "auto")).toContain("no engine works here");
  });
});

describe("auto", () => {
  test("takes the fastest, closes what it passed over, and says why", async () => {
    const [slow, fast] = [counted("slow", 1), counted("fast", 2)];
    const { info, why } = await open([slow.opener, fast.opener], "auto");
    expect(info.name).toBe("fast");
    expect(why).toContain("(auto: fast has speed 2)");
    // It can be no faster than what is open: nobody asks it.
    expect(slow.seen).toEqual({ opened: 0, closed: 0 });
    expect(fast.seen).toEqual({ opened: 1, closed: 0 });
  });
  test("believes what an open engine says of itself, not what it might have been", async () => {
    const [pretender, honest] = [counted("pretender", 1, 3), counted("honest", 2)];
    const { info, why } = await open([honest.opener, pretender.opener], "auto");
    expect(info.name).toBe("honest");
    expect(why).toContain("(auto: pretender has speed 1, and honest has speed 2)");
    expect(pretender.seen).toEqual({ opened: 1, closed: 1 });
    expect(honest.seen).toEqual({ opened: 1, closed: 0 });
  });
  test("goes on where an engine does not work, and keeps the slow one where nothing faster does", async () => {
    const pretender = counted("pretender", 1, 3);
    const { info, why } = await open([broken, pretender.opener, counted("last", 0).opener], "auto");
    expect(info.name).toBe("pretender");
    expect(why).toContain("(auto: its battery is flat, and pretender has speed 1)");
    expect(pretender.seen).toEqual({ opened: 1, closed: 0 });
  });
  test("with a mode takes the engine that has it", async () => {
    const among = [counted("a", 1).opener, counted("b", 2).opener];
    expect((await open(among, "auto", "a two")).info.name).toBe("a");
    expect(await complaint(among, "auto", "c one")).toMatch(/no engine here runs in mode "c one".*known: auto, a one, a two, b one, b two/);
  });
});

describe("an engine by its name", () => {
  const among = [counted("a", 1).opener, toy, broken];
  test("that does not exist", async () => {
    expect(await complaint(among, "tyo")).toMatch(/there is no engine "tyo".*known: auto, a, toy, broken/);
  });
  test("in a mode that it does not have; one that runs in one way takes no notice", async () => {
    expect(await complaint(among, "a", "b one")).toMatch(/the a engine does not run in mode "b one" here.*a one, a two/);
    expect((await open(among, "toy", "a one")).info.name).toBe("toy");
  });
  test("that does not work says what, where, and what to do", async () => {
    const result = await openAmong(among)({ engine: "broken", gpuMode: "auto" })();
    expect(E.isLeft(result) ? result.left : result).toMatchObject({
      kind: "engine",
      where: "{engine} broken",
      what: "its battery is flat",
      remedy: "charge it; or use {engine} auto",
    });
  });
});

test("a probe finds an engine that multiplies wrongly, and one that does not open", async () => {
  const compile: Engine<Tensor>["compile"] = (shapes, program) =>
    referenceEngine.compile(shapes, (_, inputs) =>
      program({ ...referenceKernels, matmul: (a, b) => referenceKernels.affine(referenceKernels.matmul(a, b), 1, 1) }, inputs),
    );
  const wrong = openerOf({ ...toy, name: "wrong", open: () => TE.right(someEngine(called("wrong", { compile }))) });
  const report = await wrong.probe("auto")();
  expect(report).toMatchObject({ engine: "wrong", works: false, device: "" });
  expect(report.problem?.message).toMatch(/entry 0 of a 8 x 8 product .* is wrong: do not train on this device/);
  expect(await broken.probe("auto")()).toMatchObject({ works: false, problem: { what: "its battery is flat" } });
});

test("the engines there are state themselves: other names, a line about each, no mode twice", () => {
  const names = openers.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  const modes = openers.flatMap((opener) => opener.modes);
  expect(new Set(modes).size).toBe(modes.length);
  for (const { about } of openers) expect(about).not.toBe("");
});

test("the wasm engine has the arithmetic that it would have had, whatever was asked for before", async () => {
  const backendOf = async (options: WasmOptions): Promise<string> => {
    const engine = right(await wasmEngine({ threads: 1, ...options })());
    await engine.close();
    return engine.info.backend;
  };
  const before = await backendOf({});
  expect(await backendOf({ arithmetic: "fused" })).toBe("wasm relaxed simd");
  expect(await backendOf({})).toBe(before);
  expect(await backendOf({ arithmetic: "plain" })).toBe("wasm simd128");
});
