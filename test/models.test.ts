/** Networks in ONNX: the vectors that PyTorch has of the same pictures, and a folder of photos made into a data set of vectors. */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { makeDataset } from "../src/datasets/index.js";
import { inputOf, type Model, modelRows, openModel, openRuntime, pooled, type Runtime } from "../src/models/index.js";
import { mdr, printedBy } from "./fixtures/commands.js";
import { unless } from "./missing.js";

const folder = mkdtempSync(join(tmpdir(), "mdr-models-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const right = <A>(either: E.Either<{ readonly message: string }, A>): A => {
  expect(E.isLeft(either) ? either.left.message : "").toBe("");
  if (E.isLeft(either)) throw new Error(either.left.message);
  return either.right;
};
const refusal = (either: E.Either<{ readonly message: string }, unknown>): string => {
  if (E.isRight(either)) throw new Error("was taken");
  return either.left.message;
};

const { cases } = z
  .object({
    cases: z.array(
      z.object({ name: z.string(), model: z.base64(), images: z.array(z.number()), count: z.int(), vectors: z.array(z.number()) }),
    ),
  })
  .parse(JSON.parse(readFileSync(join(import.meta.dirname, "..", "golden", "models.json"), "utf8")));

const bytesOf = (name: string): Uint8Array => Buffer.from(cases.find((one) => one.name === name)?.model ?? "", "base64");

const runtime = await openRuntime();
const works = unless(E.isLeft(runtime) ? runtime.left.message : "");
const opened = async (
  name: string,
  channels: "rgb" | "bgr" = "rgb",
  output?: string,
): Promise<E.Either<{ readonly message: string }, Model>> =>
  openModel(right(runtime) as Runtime, `${name}.onnx`, bytesOf(name), { scale: "unit", channels, output })();

describe("a model", works, () => {
  it.each(cases)("makes PyTorch's vectors of the same pictures: $name", async ({ name, images, count, vectors }) => {
    const model = right(await opened(name));
    const made = right(await model.vectors({ shape: [count, 8, 8, 3], data: Float64Array.from(images) })());
    expect(made.shape).toEqual([count, vectors.length / count]);
    for (const [index, value] of vectors.entries()) expect(made.data[index]).toBeCloseTo(value, 5);
    await model.close();
  });

  it("sees blue first where it is told so", async () => {
    const [{ images, count } = { images: [], count: 0 }] = cases;
    const turned = images.map((_, index) => images[index - (index % 3) + (2 - (index % 3))] as number);
    const [rgb, bgr] = [right(await opened("vectors")), right(await opened("vectors", "bgr"))];
    const shape = [count, 8, 8, 3];
    const one = right(await rgb.vectors({ shape, data: Float64Array.from(images) })());
    const other = right(await bgr.vectors({ shape, data: Float64Array.from(turned) })());
    expect(other).toEqual(one);
    await Promise.all([rgb.close(), bgr.close()]);
  });

  it("says what it takes, by the shape of its input", async () => {
    const inputs = await Promise.all(
      ["vectors", "vectors of a fixed batch", "vectors of any side", "tokens"].map(async (name) => {
        const model = right(await opened(name));
        await model.close();
        return model.input;
      }),
    );
    expect(inputs.map(({ side, batch, colourFirst }) => [side, batch, colourFirst])).toEqual([
      [8, undefined, true],
      [8, 2, true],
      [undefined, undefined, true],
      [8, undefined, false],
    ]);
  });

  it("of a fixed batch is fed black pictures after the last, which leave no vector", async () => {
    const { images = [], vectors = [] } = cases.find(({ name }) => name === "vectors of a fixed batch") ?? {};
    const model = right(await opened("vectors of a fixed batch"));
    const three = [...images, ...images.slice(0, 192)];
    const plain = (indices: readonly number[]) =>
      TE.right({
        shape: [indices.length, 8, 8, 3],
        data: Float64Array.from(indices.flatMap((index) => three.slice(192 * index, 192 * (index + 1)))),
      });
    const found: number[] = [];
    for await (const rows of modelRows(model, { plain }, 3)) found.push(...Array.from(right(rows).embeddings.data));
    await model.close();
    const wanted = [...vectors, ...vectors.slice(0, 5)];
    expect(found).toHaveLength(wanted.length);
    for (const [index, value] of wanted.entries()) expect(found[index]).toBeCloseTo(value, 5);
  });

  it("that is none, of no pictures, or without the output is refused by name", async () => {
    const none = await openModel(right(runtime) as Runtime, "broken.onnx", new Uint8Array([1, 2, 3]), { scale: "unit", channels: "rgb" })();
    expect(refusal(none)).toMatch(/^broken\.onnx: onnxruntime-\w+ cannot open it/);
    expect(refusal(await opened("vectors", "rgb", "logits"))).toMatch(/has no output called logits: it has\n\s+made/);
    const input = (shape: readonly (number | string)[], type = "float32") =>
      inputOf("x.onnx", { inputMetadata: [{ name: "ids", isTensor: true, type, shape }] });
    expect(refusal(input([1, 77], "int64"))).toMatch(/no model of square pictures in colour: it takes\n\s+ids: int64 \[1, 77\]/);
    expect(E.isLeft(input([1, 3, 8, 16]))).toBe(true);
    expect(E.isLeft(input([1, 1, 8, 8]))).toBe(true);
  });

  it("has the mean over the places of its maps taken, in either order of the axes", () => {
    const tensor = (dims: readonly number[], data: readonly number[]) => ({ dims, type: "float32", data: Float32Array.from(data) });
    expect(right(pooled("x", tensor([1, 2, 1, 2], [1, 3, 10, 30]), 1, true))).toEqual({ shape: [1, 2], data: Float64Array.of(2, 20) });
    expect(right(pooled("x", tensor([1, 1, 2, 2], [1, 10, 3, 30]), 1, false))).toEqual({ shape: [1, 2], data: Float64Array.of(2, 20) });
    expect(right(pooled("x", tensor([1, 2, 3], [1, 2, 3, 4, 5, 6]), 1, true))).toEqual({ shape: [1, 3], data: Float64Array.of(1, 2, 3) });
    expect(refusal(pooled("x", tensor([1], [1]), 1, true))).toMatch(/no vector a picture/);
  });
});

describe("mdr features", works, () => {
  const photos = join(folder, "photos");
  const model = join(folder, "net.onnx");
  beforeAll(async () => {
    right(await makeDataset({ seed: 3, classes: 6, imagesPerClass: 4, size: 20 }, photos)());
    writeFileSync(model, bytesOf("vectors of any side"));
  });

  it("makes vectors and labels of a folder, on which a run trains and is evaluated", async () => {
    const to = join(folder, "photos.npy");
    expect(await printedBy("features", photos, "--model", model, "--to", to, "--side", "16")).toBe(
      `24 vectors in ${to}, their classes in ${join(folder, "photos.labels.csv")}\n`,
    );
    const labels = readFileSync(join(folder, "photos.labels.csv"), "utf8").trim().split("\n");
    expect(labels).toHaveLength(25);
    expect(labels[0]).toBe("file,class");
    const out = join(folder, "run");
    const flags = "--batch 6 --per-class 2 --epochs 1 --iterations 2 --embedding 3 --decay-steps 1".split(" ");
    await printedBy("train", "--features", to, "--labels", join(folder, "photos.labels.csv"), "--out", out, ...flags);
    expect(JSON.parse(await printedBy("eval", out, "--json"))).toMatchObject({ pictures: 12, classes: 3 });
  });

  it("writes no labels where photos lie in no class's folder", async () => {
    const loose = join(folder, "loose");
    mkdirSync(loose);
    const [name = ""] = readdirSync(photos).filter((one) => !one.endsWith(".json"));
    const [file = ""] = readdirSync(join(photos, name));
    copyFileSync(join(photos, name, file), join(loose, "a.jpg"));
    const to = join(folder, "loose.csv");
    expect(await printedBy("features", loose, "--model", model, "--to", to)).toBe(`1 vectors in ${to}\n`);
    expect(existsSync(join(folder, "loose.labels.csv"))).toBe(false);
  });

  it("names what is wrong with its flags", async () => {
    const said = async (...flags: readonly string[]) => {
      const { code, said: text } = await mdr("features", photos, "--model", model, ...flags);
      return [code, text.split("\n").find((line) => line.includes(":"))];
    };
    expect(await said("--side", "4")).toEqual([2, expect.stringMatching(/--side.*no whole number from 8 to 2048/)]);
    expect(await said("--scale", "imagnet")).toEqual([2, expect.stringMatching(/scale.*imagenet/)]);
    expect(await said("--to", "x.bin")).toEqual([2, expect.stringMatching(/x\.bin: its name must end in/)]);
  });
});
