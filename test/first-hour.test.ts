/** The first hour: folders as people have them, each with what `mdr` makes of it and without a flag that they would have to know. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { drawImage } from "../src/datasets/index.js";
import { mdr as command } from "./fixtures/commands.js";
import { unless } from "./missing.js";

const folder = mkdtempSync(join(tmpdir(), "mdr-first-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A command in this process; the size of network and pictures is all that is set. */
const mdr = async (...args: readonly string[]) => {
  const { code, printed, said } = await command(...args);
  // What a user reads: results and remarks.
  return { code, printed, text: said + printed };
};

const small = "--image-size 16 --width 2 --depth 0 --embedding 3 --epochs 1 --iterations 2 --decay-steps 1".split(" ");
const train = (data: string, ...more: readonly string[]): ReturnType<typeof mdr> =>
  mdr("train", "--data", data, "--out", `${data}-run`, "--force", ...small, ...more);

interface Recorded {
  readonly batch?: number;
  readonly perClass?: number;
}

/** What the run says of itself. */
const recorded = (data: string): Recorded =>
  (JSON.parse(readFileSync(join(`${data}-run`, "last.json"), "utf8")) as { readonly settings: Recorded }).settings;

const drawn = Array.from({ length: 30 }, (_, index) => drawImage({ seed: 1, classes: 6, imagesPerClass: 5, size: 20 }, index % 6, index));

const put = (path: string, bytes: Uint8Array | string): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
};

const picture = (path: string, number = path.length): void => put(path, drawn[number % drawn.length] ?? "");

/** Class folders of so many pictures each, by name. */
const classes = (root: string, sizes: Readonly<Record<string, number>>): void => {
  for (const [name, size] of Object.entries(sizes))
    for (let index = 1; index <= size; index++) picture(join(root, name, `${index}.jpg`), index);
};

const alike = (count: number, size: number): Readonly<Record<string, number>> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`c${index + 1}`, size]));

interface Row {
  readonly layout: string;
  readonly make: (root: string) => void;
  readonly flags?: readonly string[];
  /** What is read, in this order. */
  readonly says: readonly RegExp[];
  readonly never?: RegExp;
  readonly code?: number;
  /** The batch that the run is recorded with, where it is not refused. */
  readonly batch?: readonly [batch: number, perClass: number];
}

const rows: readonly Row[] = [
  {
    layout: "2 classes of 5 pictures",
    make: (root) => classes(root, alike(2, 5)),
    says: [
      /2 classes are too few to keep some unseen/,
      /batch of 6 instead of 64/,
      /6 pictures of 2 classes train; 4 others of the same/,
      /other pictures +R@1/,
    ],
    batch: [6, 4],
  },
  {
    layout: "2 classes of 4 pictures",
    make: (root) => classes(root, alike(2, 4)),
    says: [/batch of 4 instead of 64, up to 2 pictures of a class in it instead of 4/],
    batch: [4, 2],
  },
  {
    layout: "2 classes of 3 pictures",
    make: (root) => classes(root, alike(2, 3)),
    says: [/no pictures for "query".*\n {2}2 of 2 classes have two pictures or more, too few to train and to test: give four or more/],
    code: 1,
  },
  {
    layout: "3 classes of 5 pictures",
    make: (root) => classes(root, alike(3, 5)),
    says: [/3 classes are too few .*--train-share 0\.67 keeps the last one unseen/, /9 pictures of 3 classes train; 6 others/],
    batch: [9, 4],
  },
  {
    layout: "3 classes, one of them kept unseen",
    make: (root) => classes(root, alike(3, 5)),
    flags: ["--train-share", "0.67"],
    says: [
      /a single class tests, c3: .*the scores say nothing.*--train-share/,
      /10 pictures of 2 classes train; 5 of 1 other classes test/,
    ],
    batch: [8, 4],
  },
  {
    layout: "4 classes of 5 pictures",
    make: (root) => classes(root, alike(4, 5)),
    says: [
      /batch of 8 instead of 64: 2 classes of 5 pictures train/,
      /10 pictures of 2 classes train; 10 of 2 other classes test/,
      /unseen classes +R@1/,
    ],
    never: /too few/,
    batch: [8, 4],
  },
  {
    layout: "12 classes of 5 pictures, by number",
    make: (root) =>
      classes(root, Object.fromEntries(Array.from({ length: 12 }, (_, index) => [String(index + 1), 5 + (index > 8 ? 1 : 0)]))),
    says: [/batch of 24 instead of 64: 6 classes of 5 pictures train/, /30 pictures of 6 classes train; 33 of 6 other classes test/],
    batch: [24, 4],
  },
  {
    layout: "one class of 200 pictures among five of 5",
    make: (root) => classes(root, { ...alike(5, 5), a: 200 }),
    says: [/batch of 12 instead of 64: 3 classes of 5 to 200 pictures train/, /210 pictures of 3 classes train/],
    batch: [12, 4],
  },
  {
    layout: "32 classes of 4 pictures: the usual batch, and nothing to say",
    make: (root) => classes(root, alike(32, 4)),
    says: [/^64 pictures of 16 classes train; 64 of 16 other classes test/],
    never: /mdr:/,
    batch: [64, 4],
  },
  {
    layout: "classes of a single picture among others",
    make: (root) => classes(root, { a: 1, b: 5, c: 1, d: 5, e: 5, f: 5 }),
    says: [/2 class\(es\) with a single image/, /first 4 classes train instead of 3/, /12 pictures of 4 classes train; 10 of 2 other/],
    batch: [8, 4],
  },
  {
    layout: "a batch asked for that the classes cannot fill",
    make: (root) => classes(root, alike(5, 5)),
    flags: ["--batch", "64", "--per-class", "4"],
    says: [/a batch of 64 with up to 4 .*which is 8: use --batch 8 or less, or leave it out/],
    code: 2,
  },
  {
    layout: "two classes of 5 pictures, and two of a single one",
    make: (root) => classes(root, { a: 5, b: 5, c: 1, d: 1 }),
    says: [/4 classes are too few/, /8 pictures of 4 classes train; 4 others of the same classes test/],
    batch: [6, 4],
  },
  {
    layout: "pictures in no folder",
    make: (root) => classes(root, { ".": 5 }),
    says: [/5 picture\(s\) and no class folder; two or more are needed.*one folder for each class/, /cats.1\.jpg/],
    code: 1,
  },
  {
    layout: "class folders further down",
    make: (root) => {
      classes(join(root, "train"), alike(4, 3));
      classes(join(root, "val"), alike(4, 2));
    },
    says: [/further down: give one of these folders/, /train \(12 pictures of 4 classes\)/, /val \(8 pictures/],
    code: 1,
  },
  {
    layout: "no folder at all",
    make: () => undefined,
    says: [/there is no such folder/],
    code: 1,
  },
  {
    layout: "a class in two spellings",
    make: (root) => classes(root, { "caf\u00e9": 3, "cafe\u0301": 2, dog: 5, eel: 5, fox: 5 }),
    says: [/2 folders of one name .* are one class, caf\u00e9: cafe\\u0301, caf\\u00e9/, /pictures of 2 classes train/],
    batch: [8, 4],
  },
  {
    layout: "a class whose pictures are all damaged",
    make: (root) => {
      classes(root, { ...alike(5, 5), a: 2 });
      for (const name of ["1", "2"]) put(join(root, "a", `${name}.jpg`), "no picture");
    },
    says: [/left out 2 that cannot be used:\n.*a.1\.jpg: .*\n.*a.2\.jpg: /, /left out 1 class\(es\), .*\n {2}a\n/, /; 2 left out\n/],
    batch: [8, 4],
  },
  {
    layout: "nothing but damaged pictures",
    make: (root) => {
      for (const name of ["a/1", "a/2", "b/1", "b/2", "c/1", "c/2", "d/1", "d/2"]) put(join(root, `${name}.jpg`), "no picture");
    },
    says: [/no pictures for "train".*\n.*a.1\.jpg: /],
    code: 1,
  },
];

const titleOf = ({ layout, flags = [], batch, code = 0 }: Row): string =>
  `${[layout, ...flags].join(" ")} -> ${batch === undefined ? `refused, exit ${code}` : `trains, a batch of ${batch.join(" with up to ")} a class`}`;

describe("mdr train", () => {
  it.each(rows.map((row) => [titleOf(row), row] as const))("%s", async (_, { layout, make, flags = [], says, never, code = 0, batch }) => {
    const root = join(folder, layout.replace(/\W+/g, "-"));
    make(root);
    const ended = await train(root, ...flags);
    for (const words of says) expect(ended.text).toMatch(words);
    if (never !== undefined) expect(ended.text).not.toMatch(never);
    expect(ended.code).toBe(code);
    if (batch !== undefined) expect(recorded(root)).toMatchObject({ batch: batch[0], perClass: batch[1] });
  });

  it("goes on with the batch that it was recorded with, although the classes have grown", async () => {
    const root = join(folder, "grown");
    classes(root, alike(4, 3));
    expect((await train(root)).text).toMatch(/batch of 6 instead of 64/);
    classes(root, alike(4, 6));
    const ended = await mdr("train", "--resume", `${root}-run`, "--epochs", "2");
    expect(ended).toMatchObject({ code: 0, text: expect.not.stringMatching(/batch of/) as string });
    expect(recorded(root)).toMatchObject({ batch: 6, perClass: 4, epochs: 2 });
  });
});

describe("mdr eval --all", () => {
  it("takes classes that are too few to train", async () => {
    const [root, own] = [join(folder, "many"), join(folder, "few")];
    classes(root, alike(4, 4));
    classes(own, alike(2, 3));
    expect((await train(root)).code).toBe(0);
    const { text, code } = await mdr("eval", `${root}-run`, "--data", own, "--all");
    expect([text, code]).toEqual([expect.stringMatching(/6 pictures of 2 classes, 2 of which trained\n/), 0]);
    expect(text).not.toMatch(/mdr:/);
  });
});

/** A folder in which much is no picture: each entry with the words that say so. */
const strange: readonly (readonly [name: string, why: RegExp])[] = [
  ["c1/dangling.jpg", /a link that leads nowhere/],
  ["c2/pipe.jpg", /a FIFO, no file/],
  ["c3/phone.webp", /only \.jpg/],
  ["c3/damaged.jpg", /a text file by its content/],
  ["c4/latin\uFFFD.jpg", /not UTF-8/],
];

describe("a folder in which much is no picture", unless(process.platform === "win32" ? "Windows has no such names and files" : ""), () => {
  const root = join(folder, "strange");
  beforeAll(async () => {
    classes(root, alike(4, 4));
    for (const left of ["__MACOSX/c1/._1.jpg", "c1/@eaDir/1.jpg/SYNOFILE_THUMB_M.jpg"]) put(join(root, left), "thumbnail");
    symlinkSync(join(root, "gone.jpg"), join(root, "c1", "dangling.jpg"));
    spawnSync("mkfifo", [join(root, "c2", "pipe.jpg")]);
    put(join(root, "c3", "phone.webp"), "RIFF");
    put(join(root, "c3", "damaged.jpg"), "no picture");
    writeFileSync(Buffer.concat([Buffer.from(join(root, "c4", "latin")), Buffer.of(0xe9), Buffer.from(".jpg")]), drawn[0] ?? "");
    expect((await train(root)).code).toBe(0);
  });

  const commands = {
    train: () => train(root),
    eval: () => mdr("eval", `${root}-run`),
    "eval --all": () => mdr("eval", `${root}-run`, "--all"),
    embed: () => mdr("embed", `${root}-run`, root, "--to", join(folder, "rows.csv")),
    similar: () => mdr("similar", `${root}-run`, join(root, "c1", "1.jpg"), root),
  } as const satisfies Readonly<Record<string, () => ReturnType<typeof mdr>>>;

  it.each(Object.entries(commands))("is used by `mdr %s`, which says what it left out, and how many", async (_, command) => {
    const { text, code } = await command();
    expect(code).toBe(0);
    for (const [name, why] of strange) expect(text).toMatch(new RegExp(`${name.replace("\uFFFD", ".")}: .*${why.source}`));
    expect(text).not.toMatch(/MACOSX|eaDir/);
    expect(text).toMatch(/\b5 left out\n/);
  });

  it("leaves its list in what machines read", async () => {
    const paths = (text: string) =>
      (JSON.parse(text) as { readonly leftOut: readonly { readonly path: string; readonly why: string }[] }).leftOut.map(
        ({ path }) => path,
      );
    const names = strange.map(([name]) => name).toSorted();
    expect(paths(readFileSync(join(`${root}-run`, "results.json"), "utf8")).toSorted()).toEqual(names);
    expect(paths((await mdr("eval", `${root}-run`, "--json")).printed).toSorted()).toEqual(names);
    const found = paths((await mdr("similar", `${root}-run`, join(root, "c1", "1.jpg"), root, "--json")).printed);
    expect(found.toSorted()).toEqual(names.map((name) => join(root, name)));
  });

  it.each([
    ["train", () => train(root, "--strict")],
    ["eval", () => mdr("eval", `${root}-run`, "--strict")],
    ["embed", () => mdr("embed", `${root}-run`, root, "--to", join(folder, "strict.csv"), "--strict")],
    ["similar", () => mdr("similar", `${root}-run`, join(root, "c1", "1.jpg"), root, "--strict")],
  ] as const)("stops `mdr %s --strict`, which names all", async (_, ask) => {
    const { text, code } = await ask();
    expect(code).toBe(1);
    for (const [name] of strange) expect(text).toMatch(new RegExp(`\\n.*${name.replace("\uFFFD", ".")}: `));
    expect(text).toMatch(/--strict/);
  });

  it("is searched for a photo only where that is a file, and none of it is waited for", async () => {
    const { text, code } = await mdr("similar", `${root}-run`, join(root, "c2", "pipe.jpg"), root);
    expect([text, code]).toEqual([expect.stringMatching(/pipe\.jpg: it is no file: give the path of a photo/), 1]);
  });

  it("is named where it is missing", async () => {
    const { text, code } = await mdr("embed", `${root}-run`, join(folder, "nowhere"));
    expect([text, code]).toEqual([expect.stringMatching(/nowhere: cannot be read: no such file or folder/), 1]);
  });

  it("keeps its own names", async () => {
    const { text, code } = await mdr("embed", `${root}-run`, root, "--labels", join(folder, "labels.csv"));
    expect([text, code]).toEqual([expect.stringContaining("--labels: photos have names of their own"), 2]);
  });

  it("names all files where none can be used", async () => {
    const bad = join(folder, "bad");
    for (const name of ["1", "2", "3"]) put(join(bad, `${name}.jpg`), "no picture");
    const { text, code } = await mdr("embed", `${root}-run`, bad);
    expect(code).toBe(1);
    for (const name of ["1", "2", "3"]) expect(text).toMatch(new RegExp(`bad.${name}\\.jpg: `));
  });
});

describe("a folder whose pictures are decoded while it trains", () => {
  /** What the steps and epochs came to, without what the clock and the run's own name say. */
  const numbers = (data: string): readonly unknown[] =>
    readFileSync(join(`${data}-run`, "metrics.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
      .filter(({ event }) => event !== "run")
      .map((line) => ({ ...line, imagesPerSecond: 0, check: "" }));

  it("comes to what it would have come to had it waited; a picture that shows late to be damaged is left out all the same", async () => {
    const data = join(folder, "streamed");
    classes(data, alike(4, 65));
    const whole = await train(data, "--strict");
    expect([whole.code, whole.text]).toEqual([0, expect.not.stringContaining("while others are used")]);
    const expected = numbers(data);
    const streamed = await train(data, "--cache", join(folder, "streamed-cache"));
    expect([streamed.code, streamed.text]).toEqual([0, expect.stringContaining("260 of them are decoded while others are used")]);
    expect(numbers(data)).toEqual(expected);

    put(join(data, "c1", "7.jpg"), (drawn[7] ?? Buffer.alloc(0)).subarray(0, -80));
    const damaged = await train(data, "--cache", join(folder, "damaged-cache"));
    expect([damaged.code, damaged.text]).toEqual([0, expect.stringMatching(/7\.jpg: .*cut short.*training begins again without it/)]);
    const left = numbers(data);
    const again = await train(data);
    expect([again.code, again.text]).toEqual([0, expect.stringMatching(/left out 1[\s\S]*7\.jpg/)]);
    expect(left).toEqual(numbers(data));
    expect(left).not.toEqual(expected);
  });
});
