/** Data on disk: formats, faults, class folders, descriptions, and the generated data set. */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { encode as encodePng } from "fast-png";
import * as E from "fp-ts/lib/Either.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  classBalancedSampler,
  classesOf,
  describeDataset,
  divided,
  encodeJpeg,
  fittedBatch,
  type Item,
  makeDataset,
  type Part,
  scanImageTree,
  sceneOf,
  speciesOf,
  splitByClass,
  unexpected,
} from "../src/datasets/index.js";
import { crc32, decodeImage, type Picture, resized } from "../src/pictures/index.js";
import { seeded, split } from "../src/random/index.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mdr-data-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const right = <L, A>(either: E.Either<L, A>): A => {
  if (E.isLeft(either)) throw new Error(JSON.stringify(either.left));
  return either.right;
};

const messageOf = <A>(either: E.Either<{ readonly message: string }, A>): string => (E.isLeft(either) ? either.left.message : "no error");

const put = (path: string, bytes: Uint8Array | string): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), bytes);
};

/** Left half one colour, right half another: tells a mirrored or turned picture apart. */
const twoColours = (width: number, height: number, left: readonly number[], rightHalf: readonly number[]): Picture => ({
  width,
  height,
  pixels: Uint8Array.from(
    { length: width * height * 3 },
    (_, index) => (Math.floor(index / 3) % width < width / 2 ? left : rightHalf)[index % 3] as number,
  ),
});

const redBlue = twoColours(16, 8, [230, 20, 20], [20, 20, 230]);
const jpegOf = (value: number): Uint8Array => encodeJpeg({ width: 12, height: 10, pixels: new Uint8Array(360).fill(value) }, 90);

const pixelAt = (picture: Picture, x: number, y: number): readonly number[] =>
  Array.from(picture.pixels.subarray(3 * (y * picture.width + x), 3 * (y * picture.width + x) + 3));

/** Puts a segment right behind the start-of-image marker. */
const withSegment = (jpeg: Uint8Array, marker: number, content: readonly number[]): Uint8Array =>
  Uint8Array.from([0xff, 0xd8, 0xff, marker, (content.length + 2) >> 8, (content.length + 2) & 0xff, ...content, ...jpeg.subarray(2)]);

/** A PNG whose header gives another size, its checksum brought up to date. */
const withPngSize = (png: Uint8Array, width: number, height: number): Uint8Array => {
  const bytes = Uint8Array.from(png);
  const view = new DataView(bytes.buffer);
  view.setUint32(16, width);
  view.setUint32(20, height);
  view.setUint32(29, crc32(bytes.subarray(12, 29)));
  return bytes;
};

const exif = (orientation: number, littleEndian: boolean): readonly number[] => {
  const [short, long] = littleEndian
    ? [(n: number) => [n & 0xff, n >> 8], (n: number) => [n & 0xff, n >> 8, 0, 0]]
    : [(n: number) => [n >> 8, n & 0xff], (n: number) => [0, 0, n >> 8, n & 0xff]];
  const order = littleEndian ? [0x49, 0x49] : [0x4d, 0x4d];
  return [
    0x45,
    0x78,
    0x69,
    0x66,
    0,
    0,
    ...order,
    ...short(42),
    ...long(8),
    ...short(1),
    ...short(0x0112),
    ...short(3),
    ...long(1),
    ...short(orientation),
    0,
    0,
    ...long(0),
  ];
};

/** A grey JPEG whose blocks are flat: `scan` holds the coded blocks. Its first quantisation step is 16. */
const greyJpeg = (width: number, scan: readonly number[], restartInterval = 0): Uint8Array => {
  const coloured = encodeJpeg({ width: 8, height: 8, pixels: new Uint8Array(192) }, 50);
  const position = (marker: number): number => coloured.findIndex((byte, index) => byte === 0xff && coloured[index + 1] === marker);
  const tables = [...coloured.subarray(position(0xdb), position(0xc0)), ...coloured.subarray(position(0xc4), position(0xda))];
  const restart = restartInterval === 0 ? [] : [0xff, 0xdd, 0, 4, 0, restartInterval];
  return Uint8Array.from([
    0xff,
    0xd8,
    ...tables,
    ...restart,
    0xff,
    0xc0,
    0,
    11,
    8,
    0,
    8,
    0,
    width,
    1,
    1,
    0x11,
    0,
    0xff,
    0xda,
    0,
    8,
    1,
    1,
    0,
    0,
    63,
    0,
    ...scan,
    0xff,
    0xd9,
  ]);
};

describe("decoding", () => {
  it("reads the format from the content, not from the name", () => {
    const png = encodePng({ width: 16, height: 8, channels: 3, data: redBlue.pixels });
    expect(right(decodeImage(png, "named.jpg")).pixels).toEqual(redBlue.pixels);
    expect(messageOf(decodeImage(Buffer.from("GIF89a..."), "named.jpg"))).toMatch(/named\.jpg: .*a GIF by its content, not a JPEG or PNG/);
    expect(messageOf(decodeImage(Buffer.from("<html>"), "page.png"))).toMatch(/page\.png: .*a web page by its content/);
    expect(messageOf(decodeImage(new Uint8Array(0), "none.jpg"))).toMatch(/none\.jpg: .*empty/);
  });

  it("turns pictures upright by their EXIF orientation, in both byte orders", () => {
    const jpeg = encodeJpeg(redBlue, 95);
    const isRed = (pixel: readonly number[]): boolean => (pixel[0] ?? 0) > 150 && (pixel[2] ?? 0) < 100;
    for (const littleEndian of [true, false]) {
      const turned = (orientation: number): Picture =>
        right(decodeImage(withSegment(jpeg, 0xe1, exif(orientation, littleEndian)), "turned.jpg"));
      expect([1, 2, 3, 4].map((orientation) => [turned(orientation).width, turned(orientation).height])).toEqual(
        [16, 16, 16, 16].map((width) => [width, 8]),
      );
      expect([5, 6, 7, 8].map((orientation) => [turned(orientation).width, turned(orientation).height])).toEqual(
        [8, 8, 8, 8].map((width) => [width, 16]),
      );
      expect([1, 2, 3, 4].map((orientation) => isRed(pixelAt(turned(orientation), 2, 2)))).toEqual([true, false, false, true]);
      // 6: the camera was turned clockwise, the stored left side is the top.
      expect([5, 6, 7, 8].map((orientation) => isRed(pixelAt(turned(orientation), 2, 2)))).toEqual([true, true, false, false]);
    }
    expect(right(decodeImage(withSegment(jpeg, 0xe1, exif(77, true)), "odd.jpg")).width).toBe(16);
  });

  it("reads grey JPEGs", () => {
    // Code 100 (three bits follow), 101 = 5 steps of 16 over 8 above the middle; end of block 1010; ones to the byte.
    const picture = right(decodeImage(greyJpeg(8, [0x96, 0xbf]), "grey.jpg"));
    expect(new Set(picture.pixels)).toEqual(new Set([138]));
  });

  it("refuses a JPEG that lost data between restart markers, which decoders pass over", () => {
    expect(E.isRight(decodeImage(greyJpeg(16, [0x2b, 0xff, 0xd0, 0x2b], 1), "restarts.jpg"))).toBe(true);
    expect(messageOf(decodeImage(greyJpeg(16, [0x2b], 1), "restarts.jpg"))).toMatch(
      /restarts\.jpg: .*part of its picture data is missing \(0 of 1/,
    );
  });

  it("refuses a bomb by its header, naming file, size and limit, without decoding it", () => {
    const jpeg = Uint8Array.from(jpegOf(9));
    const frame = jpeg.findIndex((byte, index) => byte === 0xff && jpeg[index + 1] === 0xc0);
    jpeg.set([20_000 >> 8, 20_000 & 0xff, 20_000 >> 8, 20_000 & 0xff], frame + 5);
    const png = withPngSize(encodePng({ width: 4, height: 4, channels: 1, data: new Uint8Array(16) }), 20_000, 20_000);
    for (const [name, bytes] of [
      ["bomb.jpg", jpeg],
      ["bomb.png", png],
    ] as const) {
      expect(messageOf(decodeImage(bytes, name))).toMatch(
        new RegExp(`^${name}: .*20000 x 20000 pixels \\(400 megapixels\\); the limit is 52 megapixels`),
      );
    }
  });

  it("refuses a PNG whose data is larger than its header says", () => {
    const png = withPngSize(encodePng({ width: 400, height: 400, channels: 3, data: new Uint8Array(480_000) }), 400, 4);
    expect(messageOf(decodeImage(png, "swollen.png"))).toMatch(/swollen\.png: .*larger than its header says/);
  });

  it("reads PNGs of 1, 2, 4, 8 and 16 bits, of a palette, and lays transparency over white", () => {
    const greys = (depth: 1 | 2 | 4, data: readonly number[]): readonly number[] => {
      const { pixels } = right(
        decodeImage(encodePng({ width: 3, height: 2, channels: 1, depth, data: Uint8Array.from(data) }), "grey.png"),
      );
      return Array.from(pixels).filter((_, index) => index % 3 === 0);
    };
    expect(greys(1, [0b10100000, 0b01000000])).toEqual([255, 0, 255, 0, 255, 0]);
    expect(greys(2, [0b00011000, 0b11000100])).toEqual([0, 85, 170, 255, 0, 85]);
    expect(greys(4, [0x0f, 0x30, 0x12, 0x00])).toEqual([0, 255, 51, 17, 34, 0]);
    const deep = encodePng({ width: 2, height: 1, channels: 1, depth: 16, data: Uint16Array.of(0, 65_535) });
    expect(Array.from(right(decodeImage(deep, "deep.png")).pixels)).toEqual([0, 0, 0, 255, 255, 255]);
    const palette = encodePng({
      width: 3,
      height: 1,
      channels: 1,
      depth: 2,
      data: Uint8Array.of(0b00100100),
      palette: [
        [1, 2, 3],
        [4, 5, 6],
        [7, 8, 9],
      ],
    });
    expect(Array.from(right(decodeImage(palette, "palette.png")).pixels)).toEqual([1, 2, 3, 7, 8, 9, 4, 5, 6]);
    const alpha = encodePng({ width: 2, height: 1, channels: 4, data: Uint8Array.of(10, 20, 30, 0, 10, 20, 30, 255) });
    expect(Array.from(right(decodeImage(alpha, "alpha.png")).pixels)).toEqual([255, 255, 255, 10, 20, 30]);
    const greyAlpha = encodePng({ width: 1, height: 1, channels: 2, data: Uint8Array.of(0, 51) });
    expect(Array.from(right(decodeImage(greyAlpha, "ga.png")).pixels)).toEqual([204, 204, 204]);
  });

  it("shrinks without aliasing: a fine chequerboard becomes grey", () => {
    const board: Picture = {
      width: 64,
      height: 64,
      pixels: Uint8Array.from({ length: 12_288 }, (_, index) => ((Math.floor(index / 3) + Math.floor(index / 192)) % 2) * 255),
    };
    for (const filter of ["lanczos", "triangle"] as const) {
      const inner = resized(board, 16, 16, filter).pixels.filter((_, index) => index > 192 && index < 576);
      expect(Math.min(...inner)).toBeGreaterThan(115);
      expect(Math.max(...inner)).toBeLessThan(140);
    }
  });
});

describe("class-folder trees", () => {
  it("lists classes and files in one order, whatever the case of the extension, and reports strays", () => {
    for (const name of [
      "b/2.JPG",
      "b/10.jpeg",
      "b/.hidden.jpg",
      "a/x.Png",
      "a/y.jpg",
      "a/notes.txt",
      "a/deep/z.jpg",
      "readme.md",
      ".git/config",
    ])
      put(name, jpegOf(1));
    const tree = right(scanImageTree(folder));
    expect(tree.classes).toEqual([
      { name: "a", files: ["a/x.Png", "a/y.jpg"] },
      { name: "b", files: ["b/10.jpeg", "b/2.JPG"] },
    ]);
    expect(tree.warnings).toEqual([expect.stringMatching(/passed over 2 .*\n {2}a\/notes\.txt\n {2}readme\.md$/)]);
    expect(tree.leftOut).toEqual([{ path: "a/deep/z.jpg", why: "deeper than its class's folder" }]);
  });

  it("names a missing root, a file for a root and too few classes, leaves out empty ones, and warns of one-image classes", () => {
    expect(messageOf(scanImageTree(join(folder, "nowhere")))).toMatch(/nowhere: there is no such folder.*root\/class/);
    put("file", "x");
    expect(messageOf(scanImageTree(join(folder, "file")))).toMatch(/it is a file/);
    expect(messageOf(scanImageTree(folder))).toMatch(/no class folder/);
    put("only/1.jpg", jpegOf(1));
    expect(messageOf(scanImageTree(folder))).toMatch(/one class folder only \(only\)/);
    mkdirSync(join(folder, "bare"));
    expect(messageOf(scanImageTree(folder))).toMatch(/one class folder only \(only\)/);
    put("full/1.jpg", jpegOf(1));
    put("full/2.jpg", jpegOf(2));
    const { classes, leftOut, warnings } = right(scanImageTree(folder));
    expect(classes.map(({ name }) => name)).toEqual(["full", "only"]);
    expect(leftOut).toEqual([{ path: "bare", why: "a class folder without a picture" }]);
    expect(warnings.join()).toMatch(/single image.*\n {2}only/);
  });

  it("says which folder to give where the class folders are further down, that of most pictures first", () => {
    for (const path of ["test/a/1", "test/b/1", "train/a/1", "train/a/2", "train/b/1", "odd/one/1"]) put(`${path}.jpg`, jpegOf(1));
    const message = messageOf(scanImageTree(folder));
    expect(message.split("\n  ").slice(1)).toEqual([
      `${join(folder, "train")} (3 pictures of 2 classes)`,
      `${join(folder, "test")} (2 pictures of 2 classes)`,
    ]);
    expect(message).toContain("further down: give one of these folders");
  });

  it("shows the layout where pictures lie in no folder", () => {
    for (const name of ["1.jpg", "2.jpg"]) put(name, jpegOf(1));
    expect(messageOf(scanImageTree(folder))).toMatch(/2 picture\(s\) and no class folder; two or more are needed.*\n.*cats.1\.jpg\n/);
  });

  it("takes two spellings of a name for one class, in composed characters, and says so", () => {
    const [composed, decomposed] = ["caf\u00e9", "cafe\u0301"];
    for (const path of [`${composed}/1`, `${decomposed}/2`, "dog/1"]) put(`${path}.jpg`, jpegOf(1));
    const { classes, warnings } = right(scanImageTree(folder));
    expect(classes).toEqual([
      { name: composed, files: [`${decomposed}/2.jpg`, `${composed}/1.jpg`] },
      { name: "dog", files: ["dog/1.jpg"] },
    ]);
    expect(warnings[0]).toMatch(/one class, caf\u00e9: cafe\\u0301, caf\\u00e9$/);
  });
});

describe("descriptions", () => {
  const fill = (classes: readonly string[]): void => {
    for (const name of classes) for (const file of ["1.jpg", "2.jpg"]) put(`${name}/${file}`, jpegOf(1));
  };

  it("of class folders: the first share of the classes in name order trains, the others test", () => {
    fill(["d", "a", "c", "b", "e"]);
    const { items, root, warnings, partWarnings } = right(describeDataset({ data: folder, dataset: "folders", trainShare: 0.4 }));
    expect(root).toBe(folder);
    expect(items.map(({ path, label, part }) => [path, label, part])).toEqual(
      ["a", "b", "c", "d", "e"].flatMap((name) => [
        [`${name}/1.jpg`, name, name < "c" ? "train" : "test"],
        [`${name}/2.jpg`, name, name < "c" ? "train" : "test"],
      ]),
    );
    expect([warnings, partWarnings]).toEqual([[], []]);
    const larger = right(describeDataset({ data: folder, dataset: "folders", trainShare: 0.8 }));
    expect(larger.items.filter(({ part }) => part === "train")).toHaveLength(8);
  });

  it("of class folders: in the order of their numbers, or of text as in earlier versions", () => {
    fill(["10", "9", "1", "2"]);
    const trains = (settings: object) =>
      classesOf(right(describeDataset({ data: folder, dataset: "folders", ...settings })).items.filter(({ part }) => part === "train"));
    expect(trains({})).toEqual(["1", "2"]);
    expect(trains({ classOrder: "text" })).toEqual(["1", "10"]);
  });

  it("number classes in the order of their first pictures, and count parts against what is published", () => {
    const item = (label: string, part: Part): Item => ({ path: `${label}.jpg`, label, part });
    const items = [item("z", "train"), item("z", "train"), item("a", "query"), item("a", "gallery")];
    expect(classesOf(items)).toEqual(["z", "a"]);
    const published = { train: { pictures: 2, classes: 1 }, gallery: { pictures: 3, classes: 1 } };
    expect(unexpected({ name: "x", root: "", items, warnings: [], expected: published })).toEqual([
      "gallery: 1 pictures of 1 classes are there, 3 pictures of 1 classes are published",
    ]);
  });
});

describe("splits and samplers", () => {
  const dataset = { classes: ["ant", "bee", "cat", "dog"], labels: [0, 0, 1, 1, 2, 2, 3, 3] };

  it("split in half by default, or by name", () => {
    expect(right(splitByClass(dataset)).train.classes).toEqual([0, 1]);
    expect(right(splitByClass(dataset, { train: ["dog", "bee"] })).test.classes).toEqual([0, 2]);
    expect(right(splitByClass(dataset, { train: ["dog", "bee"], test: ["cat"] })).test.indices).toEqual([4, 5]);
  });

  it("say what is wrong", () => {
    expect(messageOf(splitByClass(dataset, { train: ["dgo"] }))).toMatch(/"dgo".*did you mean "dog"/);
    expect(messageOf(splitByClass(dataset, { train: ["dog"], test: ["dog"] }))).toMatch(/"dog" is on both sides/);
    expect(messageOf(splitByClass(dataset, { train: dataset.classes }))).toMatch(/no class is left to test/);
    expect(messageOf(splitByClass(dataset, { fraction: 1 }))).toMatch(/between 0 and 1/);
    expect(messageOf(classBalancedSampler([[0, 1], [2, 3], [4]], { batchSize: 8, imagesPerClass: 4 }))).toMatch(
      /batch of 8 .*\(4\).*batch size of 4 or less/,
    );
    expect(messageOf(classBalancedSampler([[0, 1], [2]], { batchSize: 4, imagesPerClass: 2 }))).toMatch(/at least two are needed/);
    expect(
      messageOf(
        classBalancedSampler(
          [
            [0, 1],
            [2, 3],
          ],
          { batchSize: 4, imagesPerClass: 1 },
        ),
      ),
    ).toMatch(/images per class is 1/);
  });
});

describe("dividing classes", () => {
  const trains = (sizes: readonly number[], share = 0.5) => right(divided(sizes, share)).training;

  it("keeps the last classes unseen where two can train and two be looked for", () => {
    expect(trains([5, 5, 5, 5])).toEqual([5, 5, 0, 0]);
    expect(trains([5, 5, 5, 5, 5])).toEqual([5, 5, 0, 0, 0]);
    expect(trains([5, 5, 5, 5, 5], 0.8)).toEqual([5, 5, 5, 5, 0]);
    expect(trains([5, 5, 5], 0.67)).toEqual([5, 5, 0]);
    expect(right(divided([5, 5, 5, 5], 0.5)).warnings).toEqual([]);
  });

  it("lets more or fewer train where one side would have no pairs, and says so", () => {
    expect(trains([1, 5, 5, 5, 5])).toEqual([1, 5, 5, 0, 0]);
    expect(trains([5, 5, 5, 5], 0.25)).toEqual([5, 5, 0, 0]);
    expect(trains([5, 5, 5, 5, 1, 1, 1, 1])).toEqual([5, 5, 0, 0, 0, 0, 0, 0]);
    expect(trains([5, 5, 1, 1])).toEqual([3, 3, 1, 1]);
    expect(right(divided([5, 5, 5, 5], 0.25)).warnings.join()).toMatch(/first 2 classes train instead of 1.*\{trainShare\}/);
  });

  it("gives pictures of every class to either side where classes are too few, and says what the scores are", () => {
    expect(trains([5, 5])).toEqual([3, 3]);
    expect(trains([5, 4, 3])).toEqual([3, 2, 3]);
    expect(trains([10, 10], 0.9)).toEqual([8, 8]);
    expect(trains([1, 1, 6, 6])).toEqual([1, 1, 3, 3]);
    expect(right(divided([5, 5], 0.5)).warnings.join()).toMatch(/scores are those of classes that trained.*unseen ones$/);
    expect(right(divided([5, 5, 5], 0.5)).warnings.join()).toMatch(/\{trainShare\} 0\.67 keeps the last one unseen/);
  });

  it("lets all train where neither can be, and says what is needed", () => {
    expect(right(divided([3, 3], 0.5))).toEqual({
      training: [3, 3],
      warnings: [expect.stringMatching(/^2 of 2 classes .*four or more, two to train and two to look for; or two or three/)],
    });
    expect(right(divided([9, 1, 1], 0.5)).warnings.join()).toMatch(/^1 of 3 classes/);
  });
});

describe("fitting a batch", () => {
  const members = (sizes: readonly number[]) => sizes.map((size) => Array.from({ length: size }, (_, index) => index));
  const both = ["batch", "perClass"] as const;
  const fit = (sizes: readonly number[], batch = 64, perClass = 4, open: readonly ("batch" | "perClass")[] = both) =>
    fittedBatch(members(sizes), { batch, perClass, open });
  const numbers = (...given: Parameters<typeof fit>) => {
    const { batch, perClass } = right(fit(...given));
    return [batch, perClass];
  };

  it("leaves what the data fill as it is, in silence", () => {
    expect(right(fit(new Array<number>(16).fill(4)))).toEqual({ batch: 64, perClass: 4, note: undefined });
    expect(right(fit([10_000, ...new Array<number>(30).fill(3)])).note).toBeUndefined();
  });

  it("takes the largest batch that the classes fill, and says why", () => {
    expect(numbers([5, 5, 5, 5, 5])).toEqual([20, 4]);
    expect(right(fit([5, 5, 5, 5, 9])).note).toBe(
      "a batch of 20 instead of 64: 5 classes of 5 to 9 pictures train, and up to 4 of each make 20",
    );
    expect(numbers([10_000, 10, 10, 10])).toEqual([16, 4]);
    expect(numbers([100, 2])).toEqual([6, 4]);
    expect(numbers([1, 3, 3])).toEqual([6, 4]);
    expect(numbers([2, 2])).toEqual([4, 2]);
  });

  it("keeps what was asked for, and fits the other", () => {
    expect(numbers([40, 40, 40, 40, 40], 64, 4, ["perClass"])).toEqual([64, 13]);
    expect(right(fit([40, 40, 40, 40, 40], 64, 4, ["perClass"])).note).toMatch(/^up to 13 pictures of a class in it instead of 4: /);
    expect(numbers([5, 5, 5, 5, 5], 64, 3, ["batch"])).toEqual([15, 3]);
  });

  it("refuses what was asked for and does not fit, with what would", () => {
    const message = (...given: Parameters<typeof fit>) => messageOf(fit(...given));
    expect(message([5, 5, 5, 5, 5], 64, 4, [])).toMatch(/batch of 64 .*5 classes that train give, which is 20: use batch 20 or less/);
    expect(message([5, 5], 64, 4, ["perClass"])).toMatch(/which is 10: use batch 10 or less/);
    expect(message([5, 5], 64, 16, ["batch"])).toMatch(/single class.*use batch 6 or more and perClass 5 or less/);
    expect(message([5, 5], 4, 4, [])).toMatch(/single class.*use batch 4 or more and perClass 3 or less/);
    expect(message([5, 5], 2, 2, ["perClass"])).toMatch(/use batch 3 or more and perClass 2 or less/);
    expect(message([9, 1], 64, 4)).toMatch(/1 class\(es\) with two pictures or more train/);
  });
});

describe("a class of ten thousand pictures among classes of ten", () => {
  it("is drawn as often as each of them, and no more of it at a time", () => {
    const members = [10_000, 10, 10, 10, 10, 10].map((size, label) => Array.from({ length: size }, (_, index) => 100_000 * label + index));
    const { batch, perClass } = right(fittedBatch(members, { batch: 64, perClass: 4, open: ["batch", "perClass"] }));
    expect([batch, perClass]).toEqual([24, 4]);
    const sampler = right(classBalancedSampler(members, { batchSize: batch, imagesPerClass: perClass }));
    for (const step of [1, 2, 3]) {
      const [drawn] = sampler(split(seeded(1), step));
      expect(members.map((_, label) => drawn.filter((image) => Math.floor(image / 100_000) === label).length)).toEqual([4, 4, 4, 4, 4, 4]);
    }
  });
});

describe("the generated data set", () => {
  const settings = { seed: 3, classes: 4, imagesPerClass: 6, size: 40 };
  const fingerprint = (directory: string): string =>
    right(scanImageTree(directory))
      .classes.flatMap(({ files }) => files)
      .reduce((hash, path) => hash.update(path).update(readFileSync(join(directory, path))), createHash("sha256"))
      .digest("hex");

  it("has the same bytes on every machine, and is there at once the second time", async () => {
    const directory = join(folder, "made");
    expect(right(await makeDataset(settings, directory)())).toMatchObject({ classes: 4, images: 24, drawn: 24 });
    expect(fingerprint(directory)).toBe("0f8e358face6899f64c7e7c83c504a4f2f479a5962c998cfa8aebe477baa0fdd");
    expect(right(await makeDataset(settings, directory)()).drawn).toBe(0);
  });

  it("makes a partial one whole", async () => {
    const directory = join(folder, "made");
    right(await makeDataset(settings, directory)());
    const whole = fingerprint(directory);
    const [first, second] = right(scanImageTree(directory)).classes.flatMap(({ files }) => files);
    rmSync(join(directory, "manifest.json"));
    writeFileSync(join(directory, first ?? ""), "half");
    rmSync(join(directory, second ?? ""));
    expect(right(await makeDataset(settings, directory)()).drawn).toBe(24);
    expect(fingerprint(directory)).toBe(whole);
    expect(statSync(join(directory, "manifest.json")).size).toBeGreaterThan(0);
  });

  it("leaves other people's files and other settings alone", async () => {
    put("mine/letter.txt", "dear");
    expect(messageOf(await makeDataset(settings, join(folder, "mine"))())).toMatch(/holds files that are not of this data set/);
    const directory = join(folder, "made");
    right(await makeDataset(settings, directory)());
    expect(messageOf(await makeDataset({ ...settings, seed: 4 }, directory)())).toMatch(/other settings/);
    expect(messageOf(await makeDataset({ ...settings, classes: 1 }, join(folder, "x"))())).toMatch(
      /classes is 1: use a whole number from 2/,
    );
    put("file", "x");
    expect(messageOf(await makeDataset(settings, join(folder, "file", "below"))())).toMatch(/file/);
  });

  it("is hard: neither raw pixels nor colours find the classes of its second half", () => {
    const [classes, perClass] = [16, 10];
    const images = Array.from({ length: classes * perClass }, (_, index) => {
      const label = Math.floor(index / perClass);
      return { label, picture: sceneOf(speciesOf(1, classes + label), 64, split(seeded(1), `hard ${index}`)).picture };
    });
    const recallAt1 = (features: readonly ArrayLike<number>[]): number => {
      const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
        Array.from(a).reduce((sum, value, index) => sum + (value - (b[index] as number)) ** 2, 0);
      const hits = features.filter((query, i) => {
        const nearest = features.reduce(
          (best, other, j) =>
            j !== i && (best < 0 || distance(query, other) < distance(query, features[best] as ArrayLike<number>)) ? j : best,
          -1,
        );
        return images[nearest]?.label === images[i]?.label;
      });
      return hits.length / features.length;
    };
    const histogram = ({ pixels }: Picture): Float64Array => {
      const counts = new Float64Array(64);
      for (let at = 0; at < pixels.length; at += 3) {
        const bin = ((pixels[at] as number) >> 6) * 16 + ((pixels[at + 1] as number) >> 6) * 4 + ((pixels[at + 2] as number) >> 6);
        counts[bin] = (counts[bin] as number) + 1;
      }
      return counts.map(Math.sqrt);
    };
    expect(recallAt1(images.map(({ picture }) => resized(picture, 16, 16, "triangle").pixels))).toBeLessThan(0.35);
    expect(recallAt1(images.map(({ picture }) => histogram(picture)))).toBeLessThan(0.35);
  });
});
