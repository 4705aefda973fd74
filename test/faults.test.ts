/** Bad input through the command line: one clear line (where, what, what to do), the right exit code, nothing lost. */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeJpeg } from "../src/datasets/index.js";
import { type Ended, mdrIn } from "./fixtures/commands.js";

const folder = mkdtempSync(join(tmpdir(), "mdr-faults-"));

const mdr = mdrIn(folder);

/** The smallest run there is. */
const small = ["--engine", "reference", "--image-size", "16", "--width", "2", "--depth", "0", "--embedding", "3", "--batch", "4"];
const tiny = [...small, "--per-class", "2", "--epochs", "1", "--iterations", "1", "--decay-steps", "1", "--recall", "1"];

const jpeg = (seed: number): Uint8Array => {
  const pixels = Uint8Array.from({ length: 20 * 20 * 3 }, (_, index) => (index * 7 * (seed + 3) + seed * 31) % 256);
  return encodeJpeg({ width: 20, height: 20, pixels }, 80);
};

/** A data set of `sizes.length` classes; returns its folder. */
const dataset = (name: string, sizes: readonly number[]): string => {
  const root = join(folder, name);
  sizes.forEach((size, label) => {
    const own = join(root, `class${label}`);
    mkdirSync(own, { recursive: true });
    for (let index = 0; index < size; index++) writeFileSync(join(own, `${index}.jpg`), jpeg(label * 10 + index));
  });
  return root;
};

/** One fault line that says all of these, no stack trace, and the exit code. */
const expectFault = ({ code, said }: Ended, expected: number, ...words: readonly string[]): void => {
  for (const word of words) expect(said).toContain(word);
  expect(said).not.toMatch(/\n\s+at .*:\d+:\d+/);
  expect(code).toBe(expected);
};

/** A PNG that claims to be 20,000 x 20,000 pixels. */
const bomb = (): Uint8Array => {
  const bytes = Buffer.from("89504e470d0a1a0a0000000d4948445200004e2000004e200802000000", "hex");
  return Buffer.concat([bytes, Buffer.alloc(64)]);
};

beforeAll(async () => {
  const trained = await mdr("train", "--data", dataset("good", [3, 3, 3, 3]), "--out", "run", ...tiny);
  expect(trained.said).not.toContain("mdr: ");
  expect(trained.code).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("bad pictures", () => {
  it("a truncated JPEG, a text called .jpg and a bomb are named in one list before anything is trained", async () => {
    const data = dataset("bad", [3, 3, 3, 3]);
    writeFileSync(join(data, "class0", "cut.jpg"), jpeg(1).slice(0, 300));
    writeFileSync(join(data, "class1", "text.jpg"), "this is no picture");
    writeFileSync(join(data, "class2", "bomb.png"), bomb());
    const ended = await mdr("train", "--data", data, "--out", "bad-run", "--strict", ...tiny);
    expectFault(ended, 1, "cut.jpg", "text.jpg", "bomb.png", "Replace or remove");
    expect(existsSync(join(folder, "bad-run", "last.json"))).toBe(false);
    expectFault(await mdr("train", "--data", data, "--out", "bad-run", ...tiny), 0, "cut.jpg", "text.jpg", "bomb.png", "3 left out");
  });

  it("a JPEG called .png is read by its content", async () => {
    const data = dataset("mislabelled", [3, 3, 3, 3]);
    const picture = readFileSync(join(data, "class0", "0.jpg"));
    writeFileSync(join(data, "class0", "a.png"), picture);
    expect((await mdr("train", "--data", data, "--out", "mislabelled-run", ...tiny)).code).toBe(0);
  });
});

describe("bad data sets", () => {
  it("no such folder", async () => {
    expectFault(await mdr("train", "--data", "nowhere", ...tiny), 1, "nowhere: there is no such folder", "root/class/*.jpg");
  });
  it("a file instead of a folder", async () => {
    writeFileSync(join(folder, "file.txt"), "x");
    expectFault(await mdr("train", "--data", "file.txt", ...tiny), 1, "it is a file, not a folder");
  });
  it("fewer than two classes", async () => {
    expectFault(await mdr("train", "--data", dataset("lonely", [4]), ...tiny), 1, "one class folder only", "two or more are needed");
  });
  it("an empty class", async () => {
    expectFault(
      await mdr("train", "--data", dataset("empty", [3, 3, 0, 3]), ...tiny),
      1,
      "without a picture",
      "class2",
      "give four or more",
    );
  });
  it("classes of one picture: a warning where others train, a fault where none can", async () => {
    const warned = await mdr("train", "--data", dataset("single", [3, 3, 1, 3, 3, 3]), "--out", "single-run", ...tiny);
    expectFault(warned, 0, "single image", "class2");
    expectFault(await mdr("train", "--data", dataset("singles", [1, 1, 3, 3]), ...tiny), 1, "two pictures or more", "give four or more");
  });
  it("too few pictures for one batch", async () => {
    expectFault(await mdr("train", "--data", "good", ...tiny, "--batch", "64"), 2, "a batch of 64", "use --batch 4 or less");
  });
});

describe("bad use", () => {
  it("an unknown key in a config file", async () => {
    writeFileSync(join(folder, "typo.json"), '{"learningrate": 0.1}');
    expectFault(
      await mdr("train", "--config", "typo.json"),
      2,
      "typo.json",
      'unknown setting "learningrate"',
      'did you mean "learningRate"?',
    );
  });
  it("a config that is no JSON, or not there", async () => {
    writeFileSync(join(folder, "broken.json"), "{");
    expectFault(await mdr("train", "--config", "broken.json"), 2, "broken.json: not JSON");
    expectFault(await mdr("train", "--config", "missing.json"), 2, "cannot read the config missing.json");
  });
  it("an unknown flag, command or value", async () => {
    expectFault(await mdr("train", "--learning-rat", "1"), 2, "--learning-rat", "--learning-rate");
    expectFault(await mdr("trian"), 2, "trian", "train");
    expectFault(await mdr("train", "--engine", "cuda"), 2, '"engine" = "cuda": one of auto, ');
    expectFault(await mdr("train", "--epochs", "many"), 2, '"epochs" = "many": a number is wanted');
    expectFault(await mdr("train", "--epochs", "0"), 2, '"epochs" = 0: it must be at least 1');
    expectFault(await mdr("train", "--epochs", "1.5"), 2, '"epochs" = 1.5: a whole number is wanted');
    expectFault(await mdr("train", "--method", "tripplet"), 2, 'did you mean "triplet"?');
    expectFault(await mdr("verify", "--engine", "refrence"), 2, 'did you mean "reference"?');
    expectFault(await mdr("similar", "run", "photo.jpg"), 2, "folder");
  });
});

describe("runs that go wrong", () => {
  it("a loss that is no number stops with the step and what was large, and saves", async () => {
    const ended = await mdr("train", "--data", "good", "--out", "nan-run", ...tiny, "--iterations", "20", "--learning-rate", "1e200");
    expectFault(ended, 1, "the loss is Infinity", "not finite either: levelDecay", "largest before it", "fault.json", "--learning-rate");
    expect(existsSync(join(folder, "nan-run", "fault.json"))).toBe(true);
  });

  it("a run that goes on keeps its settings: the others are refused by name, and nothing is touched", async () => {
    const before = readdirSync(join(folder, "run")).map((name) => readFileSync(join(folder, "run", name)).toString("base64"));
    expectFault(
      await mdr("train", "--resume", "run", "--embedding", "5", "--epochs", "2"),
      2,
      "--embedding is 3, not 5",
      "begin a new run",
      "--epochs",
    );
    expect(readdirSync(join(folder, "run")).map((name) => readFileSync(join(folder, "run", name)).toString("base64"))).toEqual(before);
  });

  it("a damaged checkpoint", async () => {
    const [file = ""] = readdirSync(join(folder, "run")).filter((name) => name.endsWith(".safetensors"));
    const bytes = readFileSync(join(folder, "run", file));
    writeFileSync(join(folder, "cut.safetensors"), bytes.subarray(0, bytes.length - 10));
    expectFault(await mdr("eval", "cut.safetensors", "--engine", "reference"), 1, "cut.safetensors", "use another checkpoint");
  });

  it("a resume to fewer steps than are done", async () => {
    expectFault(await mdr("train", "--resume", "run", "--iterations", "1", "--epochs", "2"), 0);
    expectFault(await mdr("train", "--resume", "run", "--epochs", "1"), 2, "--epochs 1", "is in epoch 2 already", "2 or more");
  });

  it("a backend of GPU.js for a verification that tries all engines", async () => {
    expectFault(await mdr("verify", "--gpu-mode", "cpu"), 2, "--gpu-mode cpu goes with --engine gpu");
  });

  it("a folder that cannot be written", async () => {
    writeFileSync(join(folder, "a-file"), "x");
    expectFault(await mdr("train", "--data", "good", "--out", "a-file/run", ...tiny), 1, "a-file/run", "choose another path");
    expectFault(await mdr("data", "make", "--classes", "2", "--images-per-class", "1", "--out", "a-file/data"), 1, "a-file/data");
  });

  it("photos that cannot be used are left out of a search with a warning; the wanted one is a fault", async () => {
    mkdirSync(join(folder, "photos"), { recursive: true });
    for (const name of ["0.jpg", "1.jpg"]) copyFileSync(join(folder, "good", "class0", name), join(folder, "photos", name));
    writeFileSync(join(folder, "photos", "broken.jpg"), "no picture");
    const found = await mdr("similar", "run", "good/class0/2.jpg", "photos", "--engine", "reference", "--count", "5");
    expectFault(found, 0, "broken.jpg");
    expect(found.printed).toContain("0.jpg");
    expect(found.printed).not.toContain("broken.jpg");
    expectFault(await mdr("similar", "run", "photos/broken.jpg", "photos", "--engine", "reference"), 1, "broken.jpg", "not a JPEG or PNG");
  });
});
