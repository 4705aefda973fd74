/** The playground's page where it is no drawing: what it remembers, reckons and sorts, and how it hears its worker. */

import { signal } from "@preact/signals";
import fc from "fast-check";
import * as E from "fp-ts/lib/Either.js";
import { describe, expect, test } from "vitest";
import { referenceKernels } from "#mdr/engines/index.js";
import { nearestNeighbours } from "#mdr/evaluate/index.js";
import { misused } from "#mdr/faults/index.js";
import { nearestLevel } from "#mdr/metric/index.js";
import { type Asked, judgementOf, type Moment, type Pair, type Plane, type Told, usualChoices } from "#mdr/play/index.js";
import { scalar, unsafeTensor, vector } from "#mdr/tensor/index.js";
import { choose, numbersOf } from "../playground/controls/choose.js";
import { bring } from "../playground/data/bring.js";
import { chosen, dropped, labelOf } from "../playground/data/folder.js";
import {
  added,
  givenOf,
  mostPhotos,
  moved,
  nothingSorted,
  type Photo,
  type Sorting,
  usableClasses,
  withClass,
  without,
  withoutClass,
} from "../playground/data/sorting.js";
import { frames, type Painter } from "../playground/draw/frames.js";
import { carriedOver, scattered, slide } from "../playground/draw/motion.js";
import { percent, scale, shown, ticks } from "../playground/draw/scale.js";
import { momentAt, mostMoments, remembered } from "../playground/store/history.js";
import { createStore } from "../playground/store/store.js";
import { asItIs, changedOf, type WhatIf } from "../playground/store/whatIf.js";
import { asking } from "../playground/thread.js";
import { type Lens, lenses, lensOf } from "../playground/views/lens.js";
import { embeddingOf, spotsOf } from "../playground/views/map.js";
import { nearestTo } from "../playground/views/near.js";
import { calmed, series } from "../playground/views/series.js";
import { countsOf, intervalsOf, reachOf, stripOf } from "../playground/views/strip.js";

const finite = (limit: number) => fc.double({ min: -limit, max: limit, noNaN: true });

/** A moment of `rows` training pictures and as many unseen ones, two of a class, in `width` numbers. */
const momentOf = (step: number, rows = 8, width = 3, levels: readonly number[] = [-3, 0, 3]): Moment => {
  const embeddings = (from: number) =>
    unsafeTensor(
      [rows, width],
      Float64Array.from({ length: rows * width }, (_, at) => Math.sin(1.7 * (at + from) + step)),
    );
  const labels = Array.from({ length: rows }, (_, row) => row >> 1);
  return {
    step,
    epoch: step / 10,
    loss: step === 0 ? undefined : 1 / step,
    parts: {},
    imagesPerSecond: 0,
    learningRate: 1e-3,
    probe: { embeddings: embeddings(0), labels, pictures: labels.map((_, row) => row) },
    unseen: { embeddings: embeddings(100), labels: labels.map((label) => label + rows), pictures: labels.map((_, row) => rows + row) },
    objective: {
      classes: rows >> 1,
      parameters: levels.length === 0 ? {} : { "regularizer.levels": vector(levels) },
      state: { "regularizer.mean": scalar(0), "regularizer.deviation": scalar(0), "regularizer.seen": scalar(0) },
    },
    ...(step % 10 === 0 ? { recall: { unseen: 0.5, seen: 0.5 } } : {}),
  };
};

describe("history", () => {
  const all = Array.from({ length: 4000 }, (_, step) => momentOf(step, 2, 1));
  const kept = all.reduce<readonly Moment[]>((before, moment) => remembered(before, moment, 40), []);

  test("keeps no more than it may, and every scored moment, the first and the newest", () => {
    expect(kept.filter(({ recall }) => recall === undefined).length).toBeLessThanOrEqual(40);
    expect(kept.filter(({ recall }) => recall !== undefined)).toHaveLength(400);
    expect([kept[0]?.step, kept.at(-1)?.step]).toEqual([0, 3999]);
    expect(mostMoments).toBeGreaterThan(100);
  });

  test("keeps old and new ones alike", () => {
    const unscored = kept.filter(({ recall }) => recall === undefined).map(({ step }) => step);
    for (const quarter of [0, 1000, 2000, 3000]) {
      expect(unscored.filter((step) => step >= quarter && step < quarter + 1000).length).toBeGreaterThanOrEqual(4);
    }
  });

  test("goes on from where a run was rewound to", () => {
    const again = remembered(kept, momentOf(1234, 2, 1), 40);
    expect(again.at(-1)?.step).toBe(1234);
    expect(again.every(({ step }, index) => index === 0 || step > (again[index - 1]?.step ?? 0))).toBe(true);
  });

  test("finds the moment at a step, or the last before it", () => {
    expect(momentAt(kept, 1235)?.step).toBe(Math.max(...kept.map(({ step }) => step).filter((step) => step <= 1235)));
    expect(momentAt([], 3)).toBeUndefined();
  });
});

describe("scales", () => {
  test("place and value undo each other; nothing of no extent is divided by", () => {
    fc.assert(
      fc.property(finite(1e6), fc.double({ min: 1e-3, max: 1e6, noNaN: true }), finite(1e3), (low, extent, value) => {
        const { place, value: back } = scale(low, low + extent, 10, 310);
        expect(Math.abs(back(place(value)) - value)).toBeLessThanOrEqual(1e-9 * (Math.abs(low) + extent + Math.abs(value)));
        expect(place(low)).toBe(10);
      }),
    );
    expect(scale(2, 2, 0, 10).place(5)).toBe(5);
  });

  test("ticks are within the axis, even, round, and about as many as asked for", () => {
    fc.assert(
      fc.property(finite(1e4), fc.double({ min: 1e-3, max: 1e4, noNaN: true }), fc.integer({ min: 2, max: 12 }), (low, extent, count) => {
        const found = ticks(low, low + extent, count);
        expect(found.length).toBeLessThanOrEqual(count + 1);
        expect(found.length).toBeGreaterThanOrEqual(Math.floor(count / 2.5) - 1);
        const step = (found[1] ?? 0) - (found[0] ?? 0);
        found.forEach((value, index) => {
          expect(value).toBeGreaterThanOrEqual(low - 1e-6 * extent);
          expect(value).toBeLessThanOrEqual(low + extent * (1 + 1e-6));
          if (index > 0) expect(value - (found[index - 1] ?? 0)).toBeCloseTo(step, 6);
        });
      }),
    );
    expect(ticks(-3.5, 3.5, 8)).toEqual([-3, -2, -1, 0, 1, 2, 3]);
    expect(ticks(0, 1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  });

  test("numbers as people read them", () => {
    expect([shown(-0.12345), shown(12345), shown(Number.NaN), percent(0.1234)]).toEqual(["−0.123", "12345", "no number", "12.3%"]);
  });
});

describe("motion", () => {
  test("never overshoots, arrives, and is there at once where nothing may move", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(finite(100), finite(100)), { minLength: 1 }),
        fc.double({ min: 1, max: 100, noNaN: true }),
        (pairs, elapsed) => {
          const [from, to] = [Float64Array.from(pairs, ([a]) => a), pairs.map(([, b]) => b)];
          const first = Float64Array.from(from);
          slide(from, to, elapsed);
          from.forEach((now, at) => {
            expect(Math.abs(now - (to[at] ?? 0))).toBeLessThanOrEqual(Math.abs((first[at] ?? 0) - (to[at] ?? 0)) + 1e-12);
          });
          let turns = 0;
          while (slide(from, to, elapsed)) turns += 1;
          expect(turns).toBeLessThan(110 * 20);
          for (const [at, now] of from.entries()) expect(now).toBeCloseTo(to[at] ?? 0, 9);
          expect(slide(first, to, Number.POSITIVE_INFINITY)).toBe(false);
          expect([...first]).toEqual(to);
        },
      ),
      { numRuns: 40 },
    );
  });

  test("what is no number does not stay", () => {
    const now = Float64Array.of(Number.NaN, 1);
    expect(slide(now, [2, Number.NaN], 10)).toBe(false);
    expect([...now]).toEqual([2, Number.NaN]);
  });

  test("other points appear where they are", () => {
    const now = Float64Array.of(1, 2);
    expect(carriedOver(now, [5, 6])).toBe(now);
    expect([...carriedOver(now, [5, 6, 7])]).toEqual([5, 6, 7]);
  });

  test("heights are spread evenly and stay", () => {
    const heights = Array.from({ length: 4000 }, (_, index) => scattered(index));
    for (const tenth of Array.from({ length: 10 }, (_, index) => index / 10)) {
      expect(heights.filter((height) => height >= tenth && height < tenth + 0.1).length).toBeGreaterThan(320);
    }
    expect(scattered(77)).toBe(scattered(77));
  });
});

describe("frames", () => {
  const drive = () => {
    const calls: ((now: number) => void)[] = [];
    const shown: (() => void)[] = [];
    const timers: { readonly call: () => void; readonly at: number }[] = [];
    let time = 0;
    const given = frames(
      (call) => void calls.push(call),
      (call) => void shown.push(call),
      (call, milliseconds) => void timers.push({ call, at: time + milliseconds }),
      () => time,
    );
    /** A frame that takes the browser so many milliseconds to show. */
    const turn = (showing = 0) => {
      time += 16;
      if ((timers[0]?.at ?? Number.POSITIVE_INFINITY) <= time) timers.shift()?.call();
      calls.shift()?.(time);
      time += showing;
      shown.shift()?.();
    };
    const painter = (name: string, seen: string[], again: number, takes: number): Painter => {
      let left = again;
      return () => {
        seen.push(name);
        time += takes;
        left -= 1;
        return left > 0;
      };
    };
    return { given, turn, painter, calls, timers };
  };

  test("give nobody more of a frame than there is, and everybody a turn", () => {
    const { given, turn, painter, calls, timers } = drive();
    const seen: string[] = [];
    for (const name of ["a", "b", "c"]) given.ask(painter(name, seen, 3, 3));
    turn();
    expect(seen.join("")).toBe("a");
    turn();
    expect(seen.join("")).toBe("abc");
    // While it rests it asks for no frame.
    expect([calls.length, timers.length]).toEqual([0, 1]);
    turn();
    // Two drew for six milliseconds: the page rests for eighteen.
    expect(seen.join("")).toBe("abc");
    turn();
    // There is a place for a third, and no time.
    expect(seen.join("")).toBe("abcab");
    while (calls.length + timers.length > 0) turn();
    expect([...seen].sort().join("")).toBe("aaabbbccc");
  });

  test("have fewer drawings and more rest where the browser takes long to show them", () => {
    const { given, turn, painter } = drive();
    const seen: string[] = [];
    for (const name of ["a", "b", "c", "d", "e"]) given.ask(painter(name, seen, 99, 0));
    for (const drawn of [1, 3, 6]) {
      turn();
      expect(seen).toHaveLength(drawn);
    }
    turn(20);
    expect(seen).toHaveLength(10);
    for (let rests = 0; rests < 3; rests++) turn();
    expect(seen).toHaveLength(10);
    turn();
    expect(seen).toHaveLength(12);
    turn();
    expect(seen).toHaveLength(15);
    // Neither slow nor quick: as many as before.
    turn(12);
    expect(seen).toHaveLength(19);
    for (let rests = 0; rests < 3; rests++) turn();
    expect(seen).toHaveLength(23);
  });

  test("ask for no frame where nobody draws, and leave who left", () => {
    const { given, turn, painter, calls } = drive();
    const seen: string[] = [];
    const own = painter("a", seen, 1, 3);
    given.ask(own);
    given.ask(own);
    expect(calls).toHaveLength(1);
    given.leave(own);
    turn();
    expect([seen, calls]).toEqual([[], []]);
  });
});

describe("the strips of distances", () => {
  const pair = (normalised: number, level = 0, positive = false): Pair => ({
    i: 0,
    j: 1,
    positive,
    distance: 1,
    judged: 1,
    normalised,
    level,
    pull: { whole: 0, regularizer: 0 },
  });

  test("an interval holds what is nearest to its level", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: -400, max: 400 }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: -500, max: 500 }),
        (hundredths, far) => {
          const [levels, distance] = [hundredths.map((level) => level / 100), far / 100 + 1e-4];
          const nearest = nearestLevel(referenceKernels)(unsafeTensor([1, 1], Float64Array.of(distance)), vector(levels)).data[0];
          const found = intervalsOf(levels, 9).filter(({ from, to }) => from <= distance && distance <= to);
          expect(found.map(({ index }) => index)).toContain(nearest);
        },
      ),
    );
  });

  test("the axis holds the levels and nearly all distances, and ends somewhere", () => {
    expect(reachOf([pair(0.2)], [])).toBe(3.5);
    expect(reachOf([pair(0.2)], [-4.2])).toBe(5);
    expect(reachOf([pair(1e9)], [])).toBe(9);
    expect(reachOf([...Array.from({ length: 400 }, () => pair(1)), pair(8)], [])).toBe(3.5);
  });

  test("every pair has its height, within the strip", () => {
    const pairs = Array.from({ length: 200 }, (_, at) => ({ ...pair(Math.sin(at) * 4), j: at }));
    const { across, up } = stripOf(pairs, 3.5);
    expect(across).toHaveLength(200);
    expect(Math.max(...up.map(Math.abs))).toBeLessThanOrEqual(1);
    expect(new Set(up).size).toBeGreaterThan(190);
  });

  test("counts are of each level and kind", () => {
    expect(countsOf([pair(0, 0, true), pair(0, 1), pair(0, 1), pair(0, 1, true)], 3)).toEqual([
      { positives: 1, negatives: 0 },
      { positives: 1, negatives: 2 },
      { positives: 0, negatives: 0 },
    ]);
  });
});

describe("what if", () => {
  const moment = momentOf(10);
  const mapped = (whatIf: WhatIf, before?: Plane) =>
    spotsOf(moment, whatIf, judgementOf(usualChoices, moment, changedOf(moment, whatIf)).arrows, before);

  test("nothing changed is no change, and a moved level moves its pairs", () => {
    expect(changedOf(moment, asItIs)).toBeUndefined();
    const changed = changedOf(moment, { levels: { 1: 2.5 } });
    expect(changed).toEqual({ levels: [-3, 2.5, 3] });
    expect(judgementOf(usualChoices, moment, changed).pairs.levels).toEqual([-3, 2.5, 3]);
    expect(changedOf(momentOf(10, 8, 3, []), { levels: { 1: 2.5 } })).toEqual({});
  });

  test("a dragged picture lies where it was dragged to, in the map and in the formulas", () => {
    const spots = mapped(asItIs);
    const embedding = Array.from(spots.plane.unproject(embeddingOf(moment, asItIs, 2), [0.7, -0.4]));
    const whatIf = { levels: {}, dragged: { row: 2, embedding } };
    const after = mapped(whatIf, spots.plane);
    expect(after.places[4]).toBeCloseTo(0.7, 9);
    expect(after.places[5]).toBeCloseTo(-0.4, 9);
    expect([...after.places.subarray(6)]).toEqual([...spots.places.subarray(6)]);
    expect([...(changedOf(moment, whatIf)?.embeddings?.data ?? [])].slice(6, 9)).toEqual(embedding);
    expect(embeddingOf(moment, whatIf, 2)).toEqual(embedding);
    expect(changedOf(momentOf(10, 8, 2), whatIf)).toEqual({});
  });

  test("the longest arrow has length 1, and unseen pictures have none", () => {
    const { arrows, probes, labels } = mapped(asItIs);
    const lengths = Array.from({ length: probes }, (_, row) => Math.hypot(arrows[2 * row] ?? 0, arrows[2 * row + 1] ?? 0));
    expect(Math.max(...lengths)).toBeCloseTo(1, 9);
    expect([arrows.length, labels.length]).toEqual([2 * probes, 16]);
  });

  test("the map holds every picture, and no more room than they need", () => {
    const { places, view } = mapped(asItIs);
    const [x, y, halfWidth, halfHeight] = view;
    const far = (middle: number, odd: number) =>
      Math.max(...Array.from(places, (place, at) => (at % 2 === odd ? Math.abs(place - middle) : 0)));
    expect(far(x, 0) * 1.14).toBeCloseTo(halfWidth, 9);
    expect(far(y, 1) * 1.14).toBeCloseTo(halfHeight, 9);
  });

  test("the nearest pictures are those that evaluation finds", () => {
    const all = unsafeTensor([16, 3], Float64Array.of(...moment.probe.embeddings.data, ...moment.unseen.embeddings.data));
    const found = nearestTo(usualChoices, moment, 5, 4);
    expect(found.map(({ picture }) => picture)).toEqual([...(nearestNeighbours(all, all, { count: 4, same: true })[5] ?? [])]);
    expect(found.every(({ distance }, at) => at === 0 || distance >= (found[at - 1]?.distance ?? 0))).toBe(true);
    expect(nearestTo(usualChoices, moment, 99, 4)).toEqual([]);
  });
});

describe("the lens", () => {
  /** A thread that answers when the test lets it, ten milliseconds after it was asked. */
  const watched = () => {
    let time = 0;
    const asked: ((lost: boolean) => void)[] = [];
    const racer = { choices: usualChoices, shown: signal<Moment | undefined>(momentOf(1)), whatIf: signal<WhatIf>(asItIs) };
    const lens = lensOf(
      racer,
      () => time,
      ({ choices, moment, changed }) =>
        new Promise((resolve) => {
          asked.push((lost) => resolve(lost ? undefined : judgementOf(choices, moment, changed)));
        }),
    );
    const answered = async ({ lost } = { lost: false }): Promise<void> => {
      time += 10;
      asked.at(-1)?.(lost);
      await new Promise(setImmediate);
    };
    return { racer, lens, answered, wait: (milliseconds: number) => (time += milliseconds), count: () => asked.length };
  };
  const shownBy = ({ seen }: Lens) => [seen.value?.moment.step, seen.value?.whatIf.levels[0]];

  test("has a moment judged once, and the next when there was time", async () => {
    const { racer, lens, answered, wait, count } = watched();
    expect([lens.look(), lens.seen.value]).toEqual([false, undefined]);
    await answered();
    expect([lens.look(), ...shownBy(lens), count()]).toEqual([false, 1, undefined, 1]);
    expect(lens.seen.value?.judgement.pairs.pairs).toHaveLength(28);
    racer.shown.value = momentOf(2);
    expect(lens.look()).toBe(true);
    wait(29);
    expect([lens.look(), count()]).toEqual([true, 1]);
    wait(1);
    expect([lens.look(), count()]).toEqual([false, 2]);
    await answered();
    expect(shownBy(lens)).toEqual([2, undefined]);
  });

  test("follows a finger at once, one question at a time", async () => {
    const { racer, lens, answered, count } = watched();
    lens.look();
    racer.whatIf.value = { levels: { 0: 2 } };
    expect([lens.look(), count()]).toEqual([true, 1]);
    await answered();
    expect([lens.look(), count(), ...shownBy(lens)]).toEqual([false, 2, 1, undefined]);
    await answered();
    expect(shownBy(lens)).toEqual([1, 2]);
    expect(lens.seen.value?.judgement.pairs.levels).toEqual([2, 0, 3]);
    racer.shown.value = momentOf(2);
    expect(lens.look()).toBe(true);
  });

  test("goes on with the next moment after one that could not be judged", async () => {
    const { racer, lens, answered, wait, count } = watched();
    lens.look();
    await answered({ lost: true });
    expect([lens.look(), lens.seen.value, count()]).toEqual([false, undefined, 1]);
    racer.shown.value = momentOf(2);
    wait(30);
    lens.look();
    await answered();
    expect(shownBy(lens)).toEqual([2, undefined]);
  });

  test("is not there before the first moment", () => {
    const { racer, lens, count } = watched();
    racer.shown.value = undefined;
    expect([lens.look(), lens.seen.value, count()]).toEqual([false, undefined, 0]);
  });

  test("is one for all views of a racer", () => {
    const racer = { choices: usualChoices, shown: signal(momentOf(1)), whatIf: signal(asItIs) } as never;
    const lens = lenses(
      () => 0,
      () => Promise.resolve(undefined),
    );
    expect(lens(racer)).toBe(lens(racer));
    expect(lens({ ...(racer as object) } as never)).not.toBe(lens(racer));
  });
});

describe("a thread beside the page", () => {
  /** Threads that are begun, each with what it was asked and a way to speak for it. */
  const threads = () => {
    const begun: {
      readonly asked: { id: number; question: string }[];
      readonly says: (kind: string, data?: unknown) => void;
      ended: boolean;
    }[] = [];
    const start = (): Worker => {
      const hear = new Map<string, (event: { readonly data: unknown }) => void>();
      const thread = {
        asked: [] as { id: number; question: string }[],
        says: (kind: string, data?: unknown) => hear.get(kind)?.({ data }),
        ended: false,
      };
      begun.push(thread);
      return {
        addEventListener: (kind: string, listener: (event: { readonly data: unknown }) => void) => hear.set(kind, listener),
        postMessage: (message: { id: number; question: string }) => thread.asked.push(message),
        terminate: () => (thread.ended = true),
      } as never;
    };
    return { begun, start };
  };

  test("begins with the first question, and each answer finds its own", async () => {
    const { begun, start } = threads();
    const ask = asking<string, string>(start, () => "lost");
    expect(begun).toHaveLength(0);
    const answers = [ask("a"), ask("b")];
    const [thread] = begun;
    expect([begun.length, thread?.asked.map(({ question }) => question)]).toEqual([1, ["a", "b"]]);
    for (const { id, question } of thread?.asked.toReversed() ?? []) thread?.says("message", { id, answer: `${question}!` });
    expect(await Promise.all(answers)).toEqual(["a!", "b!"]);
  });

  test("that is lost tells all who wait, and another one answers the next", async () => {
    const { begun, start } = threads();
    const ask = asking<string, string>(start, () => "lost");
    const told: string[] = [];
    for (const question of ["a", "b"]) void ask(question).then((answer) => told.push(answer));
    begun[0]?.says("error");
    await new Promise(setImmediate);
    expect([told, begun[0]?.ended]).toEqual([["lost", "lost"], true]);
    const next = ask("c");
    begun[1]?.says("message", { id: begun[1]?.asked[0]?.id, answer: "c!" });
    expect([await next, begun.length]).toEqual(["c!", 2]);
  });
});

describe("curves", () => {
  test("leave out what is not there and what is no number", () => {
    const moments = [momentOf(0), momentOf(1), { ...momentOf(2), loss: Number.NaN }, momentOf(4)];
    expect(series(moments, ({ loss }) => loss)).toEqual([
      [1, 1],
      [4, 0.25],
    ]);
  });

  test("are calmed towards each new number", () => {
    const calm = calmed([
      [0, 1],
      [1, 5],
      [2, 5],
    ]);
    expect(calm).toEqual([
      [0, 1],
      [1, 2],
      [2, 2.75],
    ]);
  });
});

const picture = { width: 1, height: 1, pixels: new Uint8Array(3) };
const photo = (name: string, label?: string): Omit<Photo, "id"> => ({ name, label, picture });

describe("sorting photos", () => {
  const names = fc.constantFrom("cat", "dog", "class 10", "class 2");
  const deed = fc.oneof(
    fc.record({ kind: fc.constant("add" as const), labels: fc.array(fc.option(names, { nil: undefined }), { maxLength: 5 }) }),
    fc.record({ kind: fc.constant("move" as const), ids: fc.array(fc.nat(20)), label: fc.option(names, { nil: undefined }) }),
    fc.record({ kind: fc.constant("class" as const), name: names }),
    fc.record({ kind: fc.constant("drop" as const), name: names }),
  );

  test("loses none, knows each by its own number, and every label is a class", () => {
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 12 }), (deeds) => {
        let brought = 0;
        const end = deeds.reduce<Sorting>((before, one) => {
          if (one.kind === "move") return moved(before, new Set(one.ids), one.label);
          if (one.kind === "class") return withClass(before, one.name);
          if (one.kind === "drop") return withoutClass(before, one.name);
          brought += one.labels.length;
          return added(
            before,
            one.labels.map((label) => photo("x", label)),
          );
        }, nothingSorted);
        expect(end.photos).toHaveLength(brought);
        expect(new Set(end.photos.map(({ id }) => id)).size).toBe(brought);
        for (const { label } of end.photos) if (label !== undefined) expect(end.classes).toContain(label);
        expect(givenOf(end).pictures).toHaveLength(end.photos.filter(({ label }) => label !== undefined).length);
      }),
    );
  });

  test("counts 2 before 10, knows what can be trained on, and takes no more than there is room for", () => {
    const some = added(nothingSorted, [photo("a", "class 10"), photo("b", "class 10"), photo("c", "class 2"), photo("d")]);
    expect(some.classes).toEqual(["class 2", "class 10"]);
    expect(usableClasses(some)).toBe(1);
    expect(without(some, new Set([0])).photos.map(({ name }) => name)).toEqual(["b", "c", "d"]);
    expect(withClass(some, "  ")).toBe(some);
    const many = added(
      some,
      Array.from({ length: mostPhotos }, () => photo("x")),
    );
    expect(many.photos).toHaveLength(mostPhotos);
    expect(added(many, [photo("one more", "new")]).classes).toEqual(many.classes);
  });

  test("a bad file is named and left out, and the others come", async () => {
    const [sorting, progress] = [{ value: nothingSorted }, { value: undefined }];
    const said: string[] = [];
    const file = (name: string) => ({ file: { name } as File, label: "cat" });
    await bring(
      {
        sorting: sorting as never,
        progress: progress as never,
        decode: (_, name) => Promise.resolve(name === "bad.jpg" ? E.left(misused(`${name}: cannot be used`)) : E.right(picture)),
        complain: ({ message }) => void said.push(message),
      },
      [file("one.jpg"), file("bad.jpg"), file("two.jpg")],
    );
    expect(sorting.value.photos.map(({ name }) => name)).toEqual(["one.jpg", "two.jpg"]);
    expect(said).toEqual(["bad.jpg: cannot be used"]);
    expect(progress.value).toBeUndefined();
  });
});

describe("folders", () => {
  const fileEntry = (name: string, type = "image/jpeg") => ({
    isFile: true,
    name,
    file: (give: (file: { readonly name: string; readonly type: string }) => void) => give({ name, type }),
  });
  /** A folder as a browser gives it: its entries two at a time. */
  const folderEntry = (name: string, entries: readonly object[]) => ({
    isFile: false,
    name,
    createReader: () => {
      let from = 0;
      return {
        readEntries: (give: (some: readonly object[]) => void) => {
          from += 2;
          give(entries.slice(from - 2, from));
        },
      };
    },
  });

  test("are walked to the end, each file's class being its folder, in one order whatever the system's is", async () => {
    const inner = folderEntry("cats", [fileEntry("3.jpg"), fileEntry("1.jpg"), fileEntry("2.jpg"), fileEntry("notes.txt", "text/plain")]);
    const entries = [
      folderEntry("photos", [inner, folderEntry("dogs", [fileEntry(".hidden.jpg"), fileEntry("4.PNG", "")])]),
      fileEntry("loose.jpg"),
    ];
    const items = entries.map((entry) => ({ webkitGetAsEntry: () => entry }));
    const found = await dropped(items as never);
    expect(found.map(({ file, label }) => `${label}/${file.name}`)).toEqual([
      "undefined/loose.jpg",
      "cats/1.jpg",
      "cats/2.jpg",
      "cats/3.jpg",
      "dogs/4.PNG",
    ]);
  });

  test("that were chosen say it in each file's path", () => {
    expect([labelOf("photos/cats/1.jpg"), labelOf("1.jpg"), labelOf("")]).toEqual(["cats", undefined, undefined]);
    const files = ["photos/dogs/3.jpg", "photos/cats/2.jpg", "photos/cats/1.jpg"].map((path) => ({
      name: path.slice(-5),
      type: "image/jpeg",
      webkitRelativePath: path,
    }));
    expect(chosen(files as never).map(({ label, file }) => `${label}/${file.name}`)).toEqual(["cats/1.jpg", "cats/2.jpg", "dogs/3.jpg"]);
  });
});

describe("the store", () => {
  const begun = () => {
    const asked: Asked[] = [];
    const saved: string[] = [];
    const store = createStore(
      (one) => void asked.push(one),
      (name) => void saved.push(name),
    );
    const standing = (state: "preparing" | "paused" | "playing" | "ended", step = 0): Told => ({
      kind: "standing",
      state,
      step,
      last: 100,
      kept: [0, 20, 40],
    });
    const moment = (step: number, racer = 0): Told => ({ kind: "moment", racer, moment: momentOf(step, 2, 1) });
    const steps = () => store.racers.value.map(({ moments }) => moments.value.map(({ step }) => step));
    store.begin();
    return { store, asked, saved, standing, moment, steps };
  };

  test("takes nothing of the run before for the one that has begun", () => {
    const { store, standing, moment, steps } = begun();
    store.hear(moment(50));
    store.hear(standing("playing", 50));
    expect([steps(), store.standing.value.state]).toEqual([[[]], "preparing"]);
    store.begin();
    store.hear(standing("preparing"));
    store.hear(moment(0));
    expect(steps()).toEqual([[]]);
    store.hear(standing("preparing"));
    store.hear(moment(0));
    store.hear(standing("paused"));
    expect([steps(), store.standing.value.state]).toEqual([[[0]], "paused"]);
  });

  test("goes on playing where a setting is changed while it plays, and not where it was paused", () => {
    const { store, asked, standing } = begun();
    store.hear(standing("preparing"));
    store.hear(standing("playing", 3));
    store.begin();
    store.hear(standing("preparing"));
    store.hear(standing("paused"));
    expect(asked.map(({ kind }) => kind)).toEqual(["begin", "begin", "play"]);
    store.pause();
    store.hear(standing("paused", 5));
    store.begin();
    store.hear(standing("preparing"));
    store.hear(standing("paused"));
    expect(asked.filter(({ kind }) => kind === "play")).toHaveLength(1);
  });

  test("looks back, and goes back to the kept step before", () => {
    const { store, asked, standing, moment, steps } = begun();
    store.hear(standing("preparing"));
    for (const step of [0, 15, 30, 45]) store.hear(moment(step));
    store.hear(standing("paused", 45));
    store.lookingAt.value = 31;
    expect(store.racers.value[0]?.shown.value?.step).toBe(30);
    store.rewind(31);
    expect(asked.at(-1)).toEqual({ kind: "rewind", step: 20 });
    expect([steps(), store.lookingAt.value]).toEqual([[[0, 15]], undefined]);
  });

  test("races three, by their names, and says whose a fault is", () => {
    const { store, standing } = begun();
    store.race.value = true;
    store.begin();
    store.hear(standing("preparing"));
    expect(store.racers.value.map(({ title }) => title)).toEqual(["Triplet", "Triplet + L2", "Triplet + MDR"]);
    const fault = misused("it fell over");
    store.hear({ kind: "fault", fault, racer: 1 });
    store.hear({ kind: "fault", fault, racer: 1 });
    expect(store.complaints.value.map(({ racer }) => racer)).toEqual(["Triplet + L2"]);
    store.dismiss(store.complaints.value[0]?.id ?? -1);
    expect(store.complaints.value).toEqual([]);
  });

  test("saves weights, and shows what was found for the picture that was asked with", () => {
    const { store, asked, saved } = begun();
    store.hear({ kind: "weights", racer: 0, name: "run.mdr", bytes: new Uint8Array(1) });
    expect(saved).toEqual(["run.mdr"]);
    store.hear({ kind: "standing", state: "preparing", step: 0, last: 0, kept: [] });
    store.find(picture, "mine.jpg", 0, 3);
    expect([asked.at(-1)?.kind, store.search.value?.neighbours]).toEqual(["find", undefined]);
    store.hear({ kind: "found", racer: 0, neighbours: [{ picture: 1, distance: 2 }] });
    expect(store.search.value).toEqual({ picture, name: "mine.jpg", neighbours: [{ picture: 1, distance: 2 }] });
  });

  test("refuses settings that do not go together by their name, and leaves all as it was", () => {
    const { store } = begun();
    choose(store, { levels: numbersOf("−2; 0, 2.5") });
    expect(store.choices.value.levels).toEqual([-2, 0, 2.5]);
    choose(store, { levels: numbersOf("low, high") });
    choose(store, { perClass: 999 });
    expect(store.complaints.value.map(({ fault }) => /"levels"|"perClass"/.exec(fault.message)?.[0])).toEqual(['"levels"', '"perClass"']);
    expect(store.choices.value.levels).toEqual([-2, 0, 2.5]);
  });
});
