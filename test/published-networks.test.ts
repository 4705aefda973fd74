/** Files of a whole network's weights that PyTorch writes here and now, in both formats and in half precision: the same embeddings. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { embedProgram } from "../src/embed/index.js";
import { type WasmEngine, wasmEngine } from "../src/engines/index.js";
import { parseSettings, weightsFrom } from "../src/runs/index.js";
import { at, named, type Tensor } from "../src/tensor/index.js";
import { evaluationHead, networkOf } from "../src/train/index.js";
import { unless } from "./missing.js";

/** The first Python that has these modules, found without loading them: PyTorch takes seconds. */
const python = (modules: string): string | undefined => {
  const all = `from importlib.util import find_spec; assert all(map(find_spec, "${modules}".split(", ")))`;
  return ["python3", "/usr/bin/python3"].find((one) => spawnSync(one, ["-c", all]).status === 0);
};
const missing = (modules: string, packages: string): string =>
  python(modules) === undefined ? `no python3 here imports ${modules} (Debian: apt-get install ${packages})` : "";

const right = <A>(found: E.Either<{ readonly message: string }, A>): A => {
  if (E.isLeft(found)) throw new Error(found.left.message);
  return found.right;
};

const [side, count] = [64, 2];
let engine: WasmEngine;
beforeAll(async () => {
  engine = right(await wasmEngine({ threads: 2 })());
});
afterAll(() => engine.close());

const embedded = async (name: string, path: string, images: Tensor): Promise<Tensor> => {
  const settings = right(parseSettings("test", { backbone: name, imageSize: side, embedding: 64 }));
  const { layout, shapes, program } = embedProgram({
    network: right(networkOf(settings)),
    head: evaluationHead(settings),
    images: images.shape,
  });
  const { tensors, withoutHead } = right(weightsFrom(path, settings));
  expect(withoutHead).toBeUndefined();
  const compiled = right(await engine.compile(shapes, program)());
  const inputs = [...layout.map((slot) => named(tensors, slot.name)), images].map(engine.upload);
  const [y] = right(await compiled.run(inputs)());
  if (y === undefined) throw new Error("nothing was embedded");
  const got = right(await y.read());
  for (const resident of [...inputs, y]) resident.release();
  compiled.close();
  return got;
};

describe.each([
  ["resnet18", missing("torch, torchvision", "python3-torchvision"), ["zip", "legacy", "half"]],
  ["bn-inception", missing("torch", "python3-torch"), ["legacy"]],
] as const)("%s", (name, without, files) => {
  test("a state dictionary in a zip archive, one nested in the legacy format, one in half precision: as many as take seconds", {
    ...unless(without),
    timeout: 600_000,
  }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "mdr-published-"));
    const program = join(import.meta.dirname, "..", "golden", "published.py");
    const done = spawnSync(python("torch") ?? "", ["-W", "ignore", program, name, String(side), String(count), folder], {
      encoding: "utf8",
    });
    expect(done.status, done.stderr).toBe(0);
    const expected = JSON.parse(readFileSync(join(folder, "embeddings.json"), "utf8")) as Readonly<Record<string, readonly number[]>>;
    const numbers = new Uint8Array(readFileSync(join(folder, "images.f32")));
    const images: Tensor = { shape: [count, side, side, 3], data: new Float32Array(numbers.buffer) };
    for (const file of files) {
      const got = await embedded(name, join(folder, `${file}.pth`), images);
      const theirs = expected[file] ?? [];
      const largest = Math.max(...theirs.map(Math.abs));
      expect(theirs).toHaveLength(64 * count);
      for (const [index, value] of theirs.entries()) expect(Math.abs(at(got.data, index) - value) / largest, file).toBeLessThan(1e-4);
    }
    expect(expected.half).not.toEqual(expected.zip);
    rmSync(folder, { recursive: true, force: true });
  });
});
