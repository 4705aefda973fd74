/** docs/browser/nearest.html as its reader would use it: an exported model, a folder, a photo; its distances are the reference's. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode } from "fast-png";
import * as E from "fp-ts/lib/Either.js";
import { afterAll, describe, expect, test } from "vitest";
import { embedProgram } from "../../src/embed/index.js";
import { referenceKernels } from "../../src/engines/index.js";
import { onnxModel } from "../../src/export/index.js";
import { backbones } from "../../src/nn/index.js";
import { seeded, uniforms } from "../../src/random/index.js";
import { flatten, type Tensor } from "../../src/tensor/index.js";
import { evaluationHead, exampleOf, networkOf, planTable, untrained } from "../../src/train/index.js";
import { unless } from "../missing.js";
import { inChromium, startSession } from "./chromium.js";

const runtime = join(import.meta.dirname, "..", "..", "node_modules", "onnxruntime-web", "dist", "ort.wasm.min.mjs");
const works = existsSync(runtime) ? inChromium : unless("onnxruntime-web is not installed (npm install onnxruntime-web)");

const right = <A>(either: E.Either<{ readonly message: string }, A>): A => {
  if (E.isLeft(either)) throw new Error(either.left.message);
  return either.right;
};

const folder = mkdtempSync(join(tmpdir(), "mdr-nearest-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// Of the stored side, so that nothing is resampled, and without loss, so that every decoder has the same bytes.
const [side, stored] = [16, 18];
const pictures = Array.from({ length: 5 }, (_, index) =>
  Uint8Array.from(uniforms(stored * stored * 3, seeded(index))[0], (value) => Math.floor(256 * value * ((index + 2) / 6))),
);

describe("the page that finds the nearest", works, () => {
  test("orders a folder by the distances that the reference has", async () => {
    const settings = right(planTable.parse("test", { imageSize: side, width: 2, depth: 0, embedding: 4 }));
    const { statistics } = backbones.compact;
    const exported = {
      network: right(networkOf(settings)),
      head: evaluationHead(settings),
      tensors: right(untrained(settings)),
      example: exampleOf(settings),
      statistics,
    };
    writeFileSync(
      join(folder, "model.onnx"),
      Buffer.concat(right(onnxModel({ ...exported, preprocess: "inside", about: {}, version: "0" }))),
    );
    mkdirSync(join(folder, "photos", "class"), { recursive: true });
    for (const [index, data] of pictures.entries())
      writeFileSync(join(folder, "photos", "class", `${index}.png`), encode({ width: stored, height: stored, data, channels: 3 }));
    writeFileSync(join(folder, "photos", "notes.txt"), "no picture");

    const images: Tensor = {
      shape: [pictures.length, side, side, 3],
      data: Float64Array.from(
        pictures.flatMap((data) =>
          Array.from({ length: side * side * 3 }, (_, flat) => {
            const [row, rest] = [Math.floor(flat / (3 * side)), flat % (3 * side)];
            const byte = data[((row + 1) * stored + 1) * 3 + rest] as number;
            return (byte / 255 - (statistics.mean[flat % 3] as number)) / (statistics.deviation[flat % 3] as number);
          }),
        ),
      ),
    };
    const { layout, program } = embedProgram({ ...exported, images: images.shape });
    const [embeddings] = program(referenceKernels, [...flatten(layout, exported.tensors), images]);
    const rowOf = (row: number) => Array.from({ length: 4 }, (_, column) => embeddings?.data[4 * row + column] as number);
    const wanted = pictures
      .map((_, index) => ({
        name: `photos/class/${index}.png`,
        distance: Math.hypot(...rowOf(index).map((value, at) => value - (rowOf(2)[at] as number))),
      }))
      .toSorted((a, b) => a.distance - b.distance);

    const session = await startSession();
    const { page, errors } = await session.visit({ path: "/docs/browser/nearest.html" });
    await page.locator("#model").setInputFiles(join(folder, "model.onnx"));
    await page.locator("#photos").setInputFiles(join(folder, "photos"));
    await page.locator("#photo").setInputFiles(join(folder, "photos", "class", "2.png"));
    await page.locator("#nearest li").first().waitFor();
    const lines = (await page.locator("#nearest li").allTextContents()).map((line) => line.split(": "));
    await session.close();
    expect(errors).toEqual([]);
    expect(lines.map(([name]) => name)).toEqual(wanted.map(({ name }) => name));
    for (const [index, { distance }] of wanted.entries()) expect(Math.abs(Number(lines[index]?.[1]) - distance)).toBeLessThan(2e-4);
    expect(wanted[1]?.distance).toBeGreaterThan(0.01);
  });
});
