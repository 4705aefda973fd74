import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { encode as encodePng } from "fast-png";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Engine, type EngineOpener, openerOf, openers, type SomeEngine, someEngine } from "../src/engines/index.js";
import { engineError } from "../src/faults/index.js";
import { type GivenBatch, resample } from "../src/pictures/index.js";
import {
  type Asked,
  asEvaluated,
  type Choices,
  type Data,
  type GivenPicture,
  type Host,
  type Moment,
  mailbox,
  racersOf,
  serve,
  type Told,
  usualChoices,
} from "../src/play/index.js";
import { gathered } from "../src/play/pictures.js";
import { sourcesOf } from "../src/play/sources.js";
import { keptAt, keptUntil, type Trail, withKept } from "../src/play/trail.js";
import { seeded } from "../src/random/index.js";
import { mdrIn } from "./fixtures/commands.js";

/** A race that takes hundredths of a second: little pictures, a little network, one thread. */
const tiny = {
  ...usualChoices,
  engine: "wasm",
  threads: 1,
  species: 4,
  perSpecies: 3,
  imageSize: 8,
  width: 2,
  depth: 0,
  batch: 4,
  perClass: 2,
  epochs: 3,
  iterations: 3,
} as Choices;

const here = openers.filter(({ name }) => name === "wasm" || name === "reference");
/** A clock that runs ever faster: a moment is due at every step, whatever the last one took. */
const hurrying = (): Host["now"] => {
  let time = 1;
  return () => {
    time *= 4;
    return time;
  };
};
const host = (): Host => ({ openers: here, now: hurrying() });

/** A worker that is asked one thing after another; `until` says which answer is the last. */
const driven = (on: Host = host()) => {
  const box = mailbox<Asked>();
  const told = serve(box, on);
  const ask = async (message: Asked, until: (one: Told) => boolean): Promise<readonly Told[]> => {
    box.post(message);
    const heard: Told[] = [];
    for (;;) {
      const next = await told.next();
      if (next.done === true) throw new Error(`the worker ended, after ${heard.map(({ kind }) => kind)}`);
      heard.push(next.value);
      if (until(next.value)) return heard;
    }
  };
  const close = async (): Promise<void> => {
    box.post({ kind: "close" });
    while ((await told.next()).done !== true);
  };
  return { ask, close, box };
};

const isStanding =
  (...states: readonly string[]) =>
  (one: Told): boolean =>
    one.kind === "standing" && states.includes(one.state);
const resting = isStanding("paused", "ended");
const isFault = (one: Told): boolean => one.kind === "fault";

const species: Data = { kind: "species" };

/** What is the same of a moment whenever it is computed: all but how fast it was. */
const lasting = ({ imagesPerSecond: _, ...moment }: Moment) => moment;
const momentsIn = (heard: readonly Told[], racer = 0) =>
  heard.flatMap((one) => (one.kind === "moment" && one.racer === racer ? [lasting(one.moment)] : []));
const lastOf = <A>(list: readonly A[]): A => {
  expect(list.length, "told").toBeGreaterThan(0);
  return list.at(-1) as A;
};
const standingIn = (heard: readonly Told[]) => lastOf(heard.flatMap((one) => (one.kind === "standing" ? [one] : [])));
const faultIn = (heard: readonly Told[]) => lastOf(heard.flatMap((one) => (one.kind === "fault" ? [one] : [])));

describe("a race", () => {
  it("stands at its beginning, goes on as it is asked to, and ends", async () => {
    const { ask, close } = driven();
    const begun = await ask({ kind: "begin", racers: [tiny], data: species }, resting);
    expect(begun.map(({ kind }) => kind)).toEqual(["standing", "opened", "pictures", "moment", "standing"]);
    expect(begun[0]).toMatchObject({ state: "preparing" });
    expect(begun[1]).toMatchObject({
      info: { name: "wasm", device: "1 thread" },
      tried: [{ name: "reference" }, { name: "wasm", mode: "plain", available: true }, { name: "wasm", mode: "fused" }],
    });
    const pictures = lastOf(begun.flatMap((one) => (one.kind === "pictures" ? [one] : [])));
    expect(pictures.pictures.map(({ part }) => part)).toEqual([...Array(6).fill("train"), ...Array(6).fill("unseen")]);
    expect(Math.max(...pictures.pictures.map(({ thumbnail }) => Math.max(thumbnail.width, thumbnail.height)))).toBe(48);
    const first = lastOf(momentsIn(begun));
    expect(first).toMatchObject({ step: 0, loss: undefined, parts: {}, learningRate: tiny.learningRate });
    expect(first.recall).toEqual({ unseen: expect.any(Number), seen: expect.any(Number) });
    expect(first.probe.pictures).toEqual(pictures.probe);
    expect(first.probe.embeddings.shape).toEqual([4, 2]);
    expect([...new Set(first.probe.labels)]).toEqual([0, 1]);
    expect([...new Set(first.unseen.labels)]).toEqual([2, 3]);
    expect(first.objective.classes).toBe(2);
    expect(first.objective.parameters["regularizer.levels"]?.data.length).toBe(3);
    expect(standingIn(begun)).toEqual({ kind: "standing", state: "paused", step: 0, last: 9, kept: [0] });

    const once = await ask({ kind: "step" }, resting);
    expect(lastOf(momentsIn(once))).toMatchObject({ step: 1, epoch: 1 / 3 });
    expect(lastOf(momentsIn(once)).loss).toBeGreaterThan(0);
    expect(lastOf(momentsIn(once))).not.toHaveProperty("recall");

    const played = await ask({ kind: "play" }, isStanding("ended"));
    expect(momentsIn(played).map(({ step, recall }) => [step, recall !== undefined])).toEqual(
      [2, 3, 4, 5, 6, 7, 8, 9].map((step) => [step, step % 3 === 0]),
    );
    expect(standingIn(played)).toMatchObject({ state: "ended", step: 9, kept: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] });
    expect(await ask({ kind: "play" }, isStanding("ended"))).toHaveLength(1);
    await close();
  });

  it("goes the same way again after it was put back, bit for bit", async () => {
    const { ask, close } = driven();
    await ask({ kind: "begin", racers: [tiny], data: species }, resting);
    const before = momentsIn(await ask({ kind: "play" }, isStanding("ended")));
    for (const to of [4, 3, 0]) {
      const back = await ask({ kind: "rewind", step: to }, resting);
      expect(standingIn(back)).toMatchObject({ state: "paused", step: to });
      if (to > 0) expect(lastOf(momentsIn(back))).toEqual(before.find(({ step }) => step === to));
      const again = momentsIn(await ask({ kind: "play" }, isStanding("ended")));
      expect(again).toEqual(before.filter(({ step }) => step > to));
    }
    await close();
  });

  it("of three is three races alone", async () => {
    const racers = racersOf(tiny);
    const { ask, close } = driven();
    const together = [
      ...(await ask({ kind: "begin", racers, data: species }, resting)),
      ...(await ask({ kind: "play" }, isStanding("ended"))),
    ];
    for (const [racer, own] of racers.entries()) {
      const alone = [
        ...(await ask({ kind: "begin", racers: [own], data: species }, resting)),
        ...(await ask({ kind: "play" }, isStanding("ended"))),
      ];
      expect(momentsIn(together, racer)).toEqual(momentsIn(alone));
    }
    expect(momentsIn(together, 0).at(-1)?.probe.embeddings).not.toEqual(momentsIn(together, 2).at(-1)?.probe.embeddings);
    await close();
  });

  it("loses a racer whose loss is no number, and goes on with the others", async () => {
    const { ask, close } = driven();
    await ask({ kind: "begin", racers: [{ ...tiny, learningRate: 1e30 }, tiny], data: species }, resting);
    const played = await ask({ kind: "play" }, isStanding("ended"));
    expect(faultIn(played)).toMatchObject({ racer: 0, fault: { kind: "failed" } });
    expect(momentsIn(played, 1).at(-1)).toMatchObject({ step: 9 });
    expect(momentsIn(played, 0).at(-1)?.step ?? 0).toBeLessThan(9);
    const back = await ask({ kind: "rewind", step: 0 }, resting);
    expect(momentsIn(back, 0)).toHaveLength(1);
    await close();
  });

  it("makes moments no oftener than its clock allows", async () => {
    let time = 0;
    const { ask, close } = driven({ openers: here, now: () => (time += 10) });
    await ask({ kind: "begin", racers: [{ ...tiny, iterations: 50, epochs: 1 }], data: species }, resting);
    const moments = momentsIn(await ask({ kind: "play" }, isStanding("ended")));
    expect(moments.length).toBeLessThan(15);
    expect(moments.length).toBeGreaterThan(3);
    await close();
  });

  it("heeds a pause while it plays", async () => {
    const { ask, close, box } = driven();
    await ask({ kind: "begin", racers: [{ ...tiny, epochs: 1000 }], data: species }, resting);
    box.post({ kind: "play" });
    const heard = await ask({ kind: "pause" }, isStanding("paused"));
    expect(standingIn(heard).step).toBeLessThan(30);
    await close();
  });
});

/** The reference's kernels under the name of a gpu, whose device is lost after some runs of a program. */
const losing = (runs: number): EngineOpener => {
  let left = runs;
  const over = <T>(engine: Engine<T>): Engine<T> => ({
    ...engine,
    info: { ...engine.info, name: "gpu", backend: "webgpu" },
    compile: (shapes, program) =>
      pipe(
        engine.compile(shapes, program),
        TE.map((made) => ({
          ...made,
          run: (inputs) => (left-- > 0 ? made.run(inputs) : TE.left(engineError("the device was lost (pulled out)"))),
        })),
      ),
  });
  const reference = openers.find(({ name }) => name === "reference");
  return openerOf({
    name: "gpu",
    about: "a gpu that is pulled out",
    modes: [],
    open: (mode) =>
      pipe(
        reference?.open(mode) ?? TE.left(engineError("no reference")),
        TE.map((engine: SomeEngine) => engine((known) => someEngine(over(known)))),
      ),
  });
};

describe("a device that is lost", () => {
  it("is told of, and the race goes on with wasm from what was kept last", async () => {
    const on: Host = { ...host(), openers: [losing(40), ...here] };
    const { ask, close } = driven(on);
    await ask({ kind: "begin", racers: [{ ...tiny, engine: "gpu" }], data: species }, resting);
    const played = await ask({ kind: "play" }, resting);
    expect(standingIn(played)).toMatchObject({ state: "ended" });
    const lost = played.findIndex(isFault);
    expect(faultIn(played).fault.what).toContain("lost");
    const [before, opened, after] = [played.slice(0, lost), played[lost + 1], played.slice(lost)];
    const at = lastOf(momentsIn(before)).step;
    expect(opened).toMatchObject({
      kind: "opened",
      info: { name: "wasm" },
      why: expect.stringContaining(`from step ${at} with engine wasm`),
    });
    expect(momentsIn(after).map(({ step }) => step)).toEqual(Array.from({ length: 10 - at }, (_, index) => at + index));
    expect(momentsIn(after)[0]).toEqual(lastOf(momentsIn(before)));
    expect(standingIn(played)).toMatchObject({ state: "ended", step: 9 });
    await close();
  });
});

/** Stripes of a class's own direction, darker from picture to picture. */
const striped = (label: number, number: number, side = 12): GivenPicture => ({
  name: `${number}.png`,
  label: `class ${label}`,
  picture: {
    width: side,
    height: side,
    pixels: Uint8Array.from({ length: side * side * 3 }, (_, at) => {
      const [x, y] = [Math.floor(at / 3) % side, Math.floor(at / 3 / side)];
      return (label % 2 === 0 ? x : y) % (2 + label) === 0 ? 255 - 20 * number : (40 * label + 10 * (at % 3)) % 256;
    }),
  },
});
const striping = (classes: number, each: number): readonly GivenPicture[] =>
  Array.from({ length: classes * each }, (_, index) => striped(Math.floor(index / each), index % each));

describe("what cannot be", () => {
  const begun = async (racers: readonly Choices[], data: Data) => {
    const { ask, close } = driven();
    const heard = await ask({ kind: "begin", racers, data }, resting);
    await close();
    return faultIn(heard).fault.message;
  };
  const given = (pictures: readonly GivenPicture[]): Data => ({ kind: "given", pictures });

  it("is named, with what to do", async () => {
    expect(await begun([tiny], given(striping(3, 3)))).toMatch(
      /3 of 3 classes have two pictures or more, and four are needed.*: add classes/,
    );
    expect(await begun([tiny], given([...striping(2, 3), striped(2, 0), striped(3, 0), striped(4, 0)]))).toMatch(
      /2 of 5 classes.*add a second picture/,
    );
    expect(await begun([tiny], given([]))).toMatch(/0 of 0 classes/);
    expect(await begun([tiny], given([...striping(4, 2), { ...striped(1, 7), label: " " }]))).toMatch(/^7\.png: has no class/);
    expect(
      await begun([tiny], given([...striping(4, 2), { ...striped(1, 7), picture: { width: 5, height: 5, pixels: new Uint8Array(3) } }])),
    ).toMatch(/^7\.png: 3 bytes are no RGB picture of 5 x 5/);
    expect(await begun([], species)).toMatch(/there is no racer/);
    expect(await begun([tiny, { ...tiny, seed: 2 }], species)).toMatch(/^seed: is not the same for all racers/);
    expect(await begun([{ ...tiny, lambda: -1 }], species)).toMatch(/"lambda" = -1/);
    expect(await begun([{ ...tiny, batch: 30 }], species)).toMatch(/a batch of 30/);
    expect(await begun([{ ...tiny, engine: "gpu" }], species)).toMatch(/there is no engine "gpu"/);
  });

  it("ends nothing: what is asked next is answered", async () => {
    const { ask, close } = driven();
    expect(faultIn(await ask({ kind: "play" }, isFault)).fault.message).toBe("play: nothing has begun: begin a race first");
    await ask({ kind: "begin", racers: [tiny], data: given([]) }, isStanding("ended"));
    await ask({ kind: "begin", racers: [tiny], data: species }, resting);
    expect(faultIn(await ask({ kind: "weights", racer: 5 }, isFault)).fault.message).toMatch(/there is no racer 5/);
    expect(standingIn(await ask({ kind: "step" }, resting)).step).toBe(1);
    await close();
  });
});

describe("given pictures", () => {
  const data: Data = { kind: "given", pictures: striping(4, 4) };
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "mdr-play-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("are found again, each nearest to itself, and classes divided by their names' order", async () => {
    const { ask, close } = driven();
    const begun = await ask({ kind: "begin", racers: [{ ...tiny, method: "triplet-l2" }], data }, resting);
    const { pictures } = lastOf(begun.flatMap((one) => (one.kind === "pictures" ? [one] : [])));
    expect([...new Set(pictures.filter(({ part }) => part === "train").map(({ label }) => label))]).toEqual(["class 0", "class 1"]);
    const { unseen } = lastOf(momentsIn(await ask({ kind: "step" }, resting)));
    const found = lastOf(await ask({ kind: "find", racer: 0, picture: striped(2, 1).picture, count: 8 }, ({ kind }) => kind === "found"));
    if (found.kind !== "found") throw new Error("not found");
    expect(found.neighbours).toHaveLength(8);
    expect(found.neighbours[0]).toEqual({ picture: 9, distance: 0 });
    expect(pictures[9]).toMatchObject({ label: "class 2", name: "1.png" });
    expect(found.neighbours[1]?.distance).toBeGreaterThan(0);
    // Of unit length, as evaluation with this head has them.
    const unit = (place: number) => {
      const [x = 0, y = 0] = Array.from(unseen.embeddings.data).slice(2 * place, 2 * place + 2);
      return [x / Math.hypot(x, y), y / Math.hypot(x, y)] as const;
    };
    const [own, other] = [unseen.pictures.indexOf(9), unseen.pictures.findIndex((one) => one !== 9)];
    const apart = found.neighbours.find(({ picture }) => picture === unseen.pictures[other])?.distance;
    expect(apart).toBeCloseTo(Math.hypot(unit(own)[0] - unit(other)[0], unit(own)[1] - unit(other)[1]), 5);
    await close();
  });

  it("train: a class trains on other crops at every step, and a step on the same whenever it is asked for", async () => {
    // One picture for all, so that what differs is its crop.
    const alike = striping(4, 4).map((one) => ({ ...one, picture: striped(0, 0).picture }));
    const sources = pipe(
      gathered(tiny, { kind: "given", pictures: alike }),
      E.chain((pictures) => sourcesOf(tiny, pictures, resample)),
    );
    if (E.isLeft(sources)) throw new Error(sources.left.message);
    const taken = async (first: number, count: number) => {
      const batches: unknown[] = [];
      for await (const one of sources.right.train.batches(seeded(1), first))
        if (batches.push(E.map(({ images }: GivenBatch) => images)(one)) === count) break;
      return batches;
    };
    const [one, two] = await taken(1, 2);
    expect(one).not.toEqual(two);
    expect(await taken(2, 1)).toEqual([two]);
  });

  it("give weights that the command line reads, and the same embeddings", async () => {
    const { ask, close } = driven();
    const choices = { ...tiny, method: "triplet-mdr" } as Choices;
    await ask({ kind: "begin", racers: [choices], data }, resting);
    const stepped = [...(await ask({ kind: "step" }, resting)), ...(await ask({ kind: "step" }, resting))];
    const weights = lastOf(await ask({ kind: "weights", racer: 0 }, ({ kind }) => kind === "weights"));
    await close();
    if (weights.kind !== "weights") throw new Error("no weights");
    expect(weights.name).toBe("triplet-mdr-step-2.safetensors");
    writeFileSync(join(folder, weights.name), weights.bytes);
    for (const { label, name, picture } of data.pictures) {
      mkdirSync(join(folder, "photos", label), { recursive: true });
      writeFileSync(join(folder, "photos", label, name), encodePng({ ...picture, data: picture.pixels, channels: 3, depth: 8 }));
    }
    const embedded = await mdrIn(folder)("embed", weights.name, "photos", "--engine", "wasm", "--to", "out.jsonl");
    expect(embedded).toMatchObject({ code: 0 });
    const { probe } = lastOf(momentsIn(stepped));
    const own = asEvaluated(choices, probe.embeddings);
    const lines = readFileSync(join(folder, "out.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { file: string; embedding: number[] });
    for (const [row, position] of probe.pictures.entries()) {
      const { label, name } = data.pictures[position] ?? { label: "", name: "" };
      const line = lines.find(({ file }) => file.endsWith(`${label}/${name}`));
      expect(line?.embedding).toHaveLength(2);
      for (const [column, value] of (line?.embedding ?? []).entries())
        expect(value).toBeCloseTo(own.data[2 * row + column] ?? Number.NaN, 5);
    }
  });
});

describe("what is kept", () => {
  const trailOf = (steps: readonly number[], most: number): Trail<number> =>
    steps.reduce<Trail<number>>((trail, step) => withKept(trail, step, step, most), []);

  it("stays within its bound, in order, the first and the last with it, evenly", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(500), { minLength: 1, maxLength: 60 }), fc.integer({ min: 3, max: 12 }), (steps, most) => {
        const trail = trailOf(steps, most);
        const kept = trail.map(({ step }) => step);
        expect(kept).toHaveLength(Math.min(most, steps.length));
        expect(kept).toEqual(kept.toSorted((a, b) => a - b));
        expect([kept[0], kept.at(-1)]).toEqual([Math.min(...steps), Math.max(...steps)]);
      }),
    );
    const along = trailOf(
      Array.from({ length: 1000 }, (_, step) => step),
      10,
    ).map(({ step }) => step);
    const gaps = along.slice(1).map((step, index) => step - (along[index] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(4 * Math.min(...gaps.slice(0, -1)));
  });

  it("is a moment now and then of a race that goes by, and the one where it rests; all look alike", async () => {
    const played = async (now: Host["now"]) => {
      const { ask, close } = driven({ openers: here, now });
      await ask({ kind: "begin", racers: [{ ...tiny, iterations: 60, epochs: 1 }], data: species }, resting);
      const heard = await ask({ kind: "play" }, isStanding("ended"));
      await close();
      return { moments: momentsIn(heard), kept: standingIn(heard).kept };
    };
    let time = 0;
    const [passing, all] = [await played(() => (time += 30)), await played(hurrying())];
    expect([passing.kept[0], passing.kept.at(-1)]).toEqual([0, 60]);
    expect(passing.kept.length).toBeGreaterThan(4);
    expect(passing.kept.length).toBeLessThan(passing.moments.length / 2);
    expect(passing.moments).toEqual(all.moments.filter(({ step }) => passing.moments.some((moment) => moment.step === step)));
  });

  it("is found at a step or before it, and newer of the same step counts", () => {
    const trail = withKept(trailOf([0, 10, 20], 5), 10, 11, 5);
    expect([keptAt(trail, 19)?.value, keptAt(trail, 10)?.value, keptAt(trail, -1)?.step, keptAt([], 3)]).toEqual([11, 11, 0, undefined]);
    expect(keptUntil(trail, 10).map(({ step }) => step)).toEqual([0, 10]);
  });
});
