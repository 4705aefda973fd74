/** Laws of pictures, batches, splits, shards and their memory. */

import { mkdtempSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { encode as encodePng } from "fast-png";
import * as E from "fp-ts/lib/Either.js";
import { afterAll, describe, expect, it } from "vitest";
import { byNumbers, classBalancedSampler, divided, encodeJpeg, fittedBatch, nameOrders, splitByClass } from "../src/datasets/index.js";
import { imagenetStatistics } from "../src/nn/index.js";
import {
  type Augmentation,
  batch,
  decodeImage,
  evaluationAugmentation,
  flipped,
  type Picture,
  type Resample,
  randomCropBox,
  recipeCrop,
  resample,
  resampleTaps,
  resized,
  trainingAugmentation,
  upright,
  vectorResample,
  weightBits,
} from "../src/pictures/index.js";
import { seeded, split } from "../src/random/index.js";
import { boundedMemory, type Entry, pictureBytes, pixelSum, readShards, readSlots, writeShard } from "../src/store/index.js";
import { at } from "../src/tensor/index.js";

const folder = mkdtempSync(join(tmpdir(), "mdr-data-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const right = <L, A>(either: E.Either<L, A>): A => {
  if (E.isLeft(either)) throw new Error(JSON.stringify(either.left));
  return either.right;
};

const pictures = (least: number, most: number): fc.Arbitrary<Picture> =>
  fc
    .record({ width: fc.integer({ min: least, max: most }), height: fc.integer({ min: least, max: most }) })
    .chain(({ width, height }) =>
      fc
        .uint8Array({ minLength: width * height * 3, maxLength: width * height * 3 })
        .map((pixels) => ({ width, height, pixels: Uint8Array.from(pixels) })),
    );

const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a, (value, index) => Math.abs(value - (b[index] as number))).reduce((most, difference) => Math.max(most, difference), 0);

const filters = fc.constantFrom("lanczos" as const, "triangle" as const);
const lengths = fc.integer({ min: 1, max: 90 });

/** A whole weight: they are whole numbers. */
const one = 2 ** weightBits;

describe("resizing", () => {
  it("has weights that add up to 1 and stay inside the source", () => {
    fc.assert(
      fc.property(lengths, lengths, filters, (source, target, filter) => {
        const taps = resampleTaps(source, target, filter);
        for (let position = 0; position < target; position++) {
          const [first, count] = [at(taps.first, position), at(taps.count, position)];
          const sum = taps.weights.subarray(position * taps.stride, position * taps.stride + count).reduce((a, b) => a + b, 0) / one;
          expect(first).toBeGreaterThanOrEqual(0);
          expect(first + count).toBeLessThanOrEqual(source);
          expect(count).toBeGreaterThan(0);
          expect(count).toBeLessThanOrEqual(taps.stride);
          expect(sum).toBeCloseTo(1, 5);
        }
      }),
    );
  });

  it("counts every source pixel alike when it shrinks by a whole factor (triangle, away from the borders)", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 6 }), fc.integer({ min: 4, max: 12 }), (factor, target) => {
        const source = factor * target;
        const taps = resampleTaps(source, target, "triangle");
        const total = new Float64Array(source);
        for (let position = 0; position < target; position++)
          for (let k = 0; k < at(taps.count, position); k++) {
            const index = at(taps.first, position) + k;
            total[index] = at(total, index) + at(taps.weights, position * taps.stride + k) / one;
          }
        const inner = total.slice(2 * factor, source - 2 * factor);
        expect(largestDifference(inner, new Float64Array(inner.length).fill(1 / factor))).toBeLessThan(1e-5);
      }),
    );
  });

  /** One pass in float64, from the filter's formula: every sample of `values` weighed for every target, then a byte. */
  const passed = (values: readonly number[], target: number, filter: "lanczos" | "triangle"): readonly number[] => {
    const scale = values.length / target;
    const widened = Math.max(1, scale);
    const sinc = (x: number) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));
    const weight = (x: number) => (filter === "triangle" ? Math.max(0, 1 - Math.abs(x)) : Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0);
    return Array.from({ length: target }, (_, position) => {
      const weights = values.map((_, index) => weight((index + 0.5 - (position + 0.5) * scale) / widened));
      const sum = weights.reduce((a, b) => a + b, 0);
      const value = weights.reduce((a, w, index) => a + (w / sum) * at(Float64Array.from(values), index), 0);
      return Math.min(255, Math.max(0, Math.round(value)));
    });
  };

  it("is the filter's formula in float64, across and then down, but for halves", () => {
    fc.assert(
      fc.property(
        pictures(1, 24),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 40 }),
        filters,
        (picture, width, height, filter) => {
          const red = Array.from({ length: picture.height }, (_, y) =>
            passed(
              Array.from({ length: picture.width }, (_, x) => at(picture.pixels, 3 * (y * picture.width + x))),
              width,
              filter,
            ),
          );
          const columns = Array.from({ length: width }, (_, x) =>
            passed(
              red.map((row) => row[x] ?? 0),
              height,
              filter,
            ),
          );
          const { pixels } = resized(picture, width, height, filter);
          const own = pixels.filter((_, index) => index % 3 === 0);
          const expected = Array.from({ length: width * height }, (_, index) => columns[index % width]?.[Math.floor(index / width)] ?? -1);
          expect(largestDifference(own, expected)).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("gives the same bytes on vectors, whatever the sizes and the box", async () => {
    const onVectors = await vectorResample();
    expect(onVectors).not.toBe(resample);
    const parts = fc.tuple(
      pictures(1, 40),
      lengths,
      lengths,
      fc.tuple(...Array.from({ length: 4 }, () => fc.double({ min: 0, max: 0.999, noNaN: true }))),
    );
    fc.assert(
      fc.property(parts, filters, ([picture, width, height, [a = 0, b = 0, c = 0, d = 0]], filter) => {
        const [left, top] = [Math.floor(a * picture.width), Math.floor(b * picture.height)];
        const box = {
          left,
          top,
          width: 1 + Math.floor(c * (picture.width - left)),
          height: 1 + Math.floor(d * (picture.height - top)),
        };
        const [across, down] = [resampleTaps(box.width, width, filter), resampleTaps(box.height, height, filter)];
        const by = (way: Resample): Uint8ClampedArray => {
          const into = new Uint8ClampedArray(3 * width * height);
          way(picture.pixels, picture.width, box, across, down, into);
          return into;
        };
        expect(by(onVectors)).toEqual(by(resample));
      }),
      { numRuns: 200 },
    );
  });

  it("leaves one colour one colour, and commutes with mirroring", () => {
    fc.assert(
      fc.property(pictures(1, 24), lengths, lengths, filters, fc.integer({ min: 0, max: 255 }), (picture, width, height, filter, value) => {
        const flat = { ...picture, pixels: new Uint8Array(picture.pixels.length).fill(value) };
        expect(resized(flat, width, height, filter).pixels.every((pixel) => pixel === value)).toBe(true);
        const [a, b] = [resized(flipped(picture), width, height, filter), flipped(resized(picture, width, height, filter))];
        expect(largestDifference(a.pixels, b.pixels)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 60 },
    );
  });
});

describe("orientation", () => {
  const inverse = [1, 2, 3, 4, 5, 8, 7, 6];
  it("undoes itself, and keeps every pixel", () => {
    fc.assert(
      fc.property(pictures(1, 9), fc.integer({ min: 1, max: 8 }), (picture, orientation) => {
        const back = upright(upright(picture, orientation), inverse[orientation - 1] ?? 1);
        expect([back.width, back.height]).toEqual([picture.width, picture.height]);
        expect(back.pixels).toEqual(picture.pixels);
      }),
    );
  });
});

describe("random crops", () => {
  it("lie inside the picture, within the limits on area and ratio", () => {
    fc.assert(
      fc.property(fc.integer({ min: 32, max: 300 }), fc.integer({ min: 32, max: 300 }), fc.integer(), (width, height, seed) => {
        const [box] = randomCropBox(width, height, recipeCrop, seeded(seed));
        expect(box.left).toBeGreaterThanOrEqual(0);
        expect(box.top).toBeGreaterThanOrEqual(0);
        expect(box.left + box.width).toBeLessThanOrEqual(width);
        expect(box.top + box.height).toBeLessThanOrEqual(height);
        // Whole pixels: half a pixel on each side.
        expect(box.width + 0.5).toBeGreaterThanOrEqual((box.height - 0.5) * recipeCrop.ratio[0] - 1e-9);
        expect(box.width - 0.5).toBeLessThanOrEqual((box.height + 0.5) * recipeCrop.ratio[1] + 1e-9);
      }),
      { numRuns: 500 },
    );
  });

  it("take areas uniformly between the limits where all fit", () => {
    const shares = Array.from({ length: 4000 }, (_, seed) => {
      const [box] = randomCropBox(400, 400, { area: [0.16, 0.7], ratio: [0.9, 1.1] }, split(seeded(1), seed));
      return (box.width * box.height) / 160_000;
    });
    const mean = shares.reduce((a, b) => a + b, 0) / shares.length;
    expect(mean).toBeGreaterThan(0.42);
    expect(mean).toBeLessThan(0.44);
  });
});

describe("batches", () => {
  const side = 20;
  const packedOf = (count: number, seed: number) => ({
    side,
    pixels: Uint8Array.from({ length: count * side * side * 3 }, (_, index) => Math.imul(index + seed, 2654435761) >>> 24),
    labels: Int32Array.from({ length: count }, (_, index) => index % 3),
  });

  it("are the same for the same seed, other for another, and finite", () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 5 }), (seed, indices) => {
        const draw = (random: number) => batch(packedOf(6, 1), indices, trainingAugmentation(16, imagenetStatistics), seeded(random));
        const first = draw(seed);
        expect(first.images.shape).toEqual([indices.length, 16, 16, 3]);
        expect(Array.from(first.labels.data)).toEqual(indices.map((index) => index % 3));
        expect(first).toEqual(draw(seed));
        expect(first.images.data).not.toEqual(draw(seed ^ 1).images.data);
        expect(Array.from(first.images.data).every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it("in evaluation are the centre crop, normalised", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 3 }), (size, index) => {
        const packed = packedOf(4, 7);
        const { images } = batch(packed, [index], evaluationAugmentation(size, imagenetStatistics), seeded(0));
        // The middle; of two equally near, the even one.
        const gap = side - size;
        const offset = gap % 4 === 3 ? (gap + 1) / 2 : Math.floor(gap / 2);
        const expected = Array.from({ length: size * size * 3 }, (_, position) => {
          const [channel, x, y] = [position % 3, Math.floor(position / 3) % size, Math.floor(position / 3 / size)];
          const value = at(packed.pixels, index * side * side * 3 + 3 * ((y + offset) * side + x + offset) + channel) / 255;
          return (
            (value - at(Float64Array.from(imagenetStatistics.mean), channel)) / at(Float64Array.from(imagenetStatistics.deviation), channel)
          );
        });
        expect(largestDifference(images.data as Float32Array, expected)).toBeLessThan(1e-5);
      }),
      { numRuns: 40 },
    );
  });

  it("mirror about half of the training pictures", () => {
    const packed = packedOf(1, 3);
    const whole: Augmentation = {
      ...trainingAugmentation(side, imagenetStatistics),
      random: { crop: { area: [1, 1], ratio: [1, 1] }, flip: true },
    };
    const { images } = batch(packed, new Array<number>(200).fill(0), whole, seeded(5));
    const straight = batch(packed, [0], evaluationAugmentation(side, imagenetStatistics), seeded(0)).images.data;
    const values = side * side * 3;
    const same = Array.from(
      { length: 200 },
      (_, position) =>
        largestDifference((images.data as Float32Array).subarray(position * values, (position + 1) * values), straight as Float32Array) <
        1e-4,
    );
    const count = same.filter(Boolean).length;
    expect(count).toBeGreaterThan(70);
    expect(count).toBeLessThan(130);
  });
});

const classSizes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 2, maxLength: 12 });
const membersOf = (sizes: readonly number[]): number[][] => {
  let next = 0;
  return sizes.map((size) => Array.from({ length: size }, () => next++));
};

describe("the m-per-class sampler", () => {
  it("fills each batch with distinct images, up to m of a class, never of a one-image class; the same seed draws the same", () => {
    fc.assert(
      fc.property(
        classSizes,
        fc.integer({ min: 2, max: 5 }),
        fc.integer({ min: 3, max: 30 }),
        fc.integer(),
        (sizes, imagesPerClass, batchSize, seed) => {
          const members = membersOf(sizes);
          const usable = sizes.filter((size) => size >= 2);
          const available = usable.reduce((sum, size) => sum + Math.min(size, imagesPerClass), 0);
          const sampler = classBalancedSampler(members, { batchSize, imagesPerClass });
          expect(E.isRight(sampler)).toBe(usable.length >= 2 && available >= batchSize && batchSize > imagesPerClass);
          if (E.isLeft(sampler)) return;
          const [indices, next] = sampler.right(seeded(seed));
          expect(indices.length).toBe(batchSize);
          expect(new Set(indices).size).toBe(batchSize);
          const drawn = members.map((images) => images.filter((image) => indices.includes(image)).length);
          drawn.forEach((count, label) => {
            expect(count).toBeLessThanOrEqual((sizes[label] ?? 0) < 2 ? 0 : imagesPerClass);
          });
          // Only the last class may be cut short.
          expect(
            drawn.filter((count, label) => count > 0 && count < Math.min(imagesPerClass, sizes[label] ?? 0)).length,
          ).toBeLessThanOrEqual(1);
          expect(sampler.right(seeded(seed))[0]).toEqual(indices);
          expect(next).not.toEqual(seeded(seed));
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("a fitted batch", () => {
  const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 8, max: 300 })), { minLength: 2, maxLength: 12 });
  const open = fc.subarray(["batch", "perClass"] as const);

  it("is one that the sampler draws, no larger than wished and no smaller than it must be; what was asked for stays", () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 3, max: 80 }), fc.integer({ min: 2, max: 9 }), open, (sizes, batch, perClass, open) => {
        const members = membersOf(sizes);
        const fitted = fittedBatch(members, { batch, perClass, open });
        const drawable = (batchSize: number, imagesPerClass: number) =>
          E.isRight(classBalancedSampler(members, { batchSize, imagesPerClass }));
        if (E.isLeft(fitted)) {
          expect(drawable(batch, perClass)).toBe(false);
          // Only what was asked for, or a want of classes, is refused.
          expect(open.length < 2 || batch <= perClass || sizes.filter((size) => size >= 2).length < 2).toBe(true);
          return;
        }
        const { batch: found, perClass: each, note } = fitted.right;
        expect(drawable(found, each)).toBe(true);
        expect(found).toBeLessThanOrEqual(batch);
        if (found < batch) expect(drawable(found + 1, each)).toBe(false);
        if (!open.includes("batch")) expect(found).toBe(batch);
        if (!open.includes("perClass")) expect(each).toBe(perClass);
        expect(note === undefined).toBe(found === batch && each === perClass);
        if (drawable(batch, perClass)) expect(note).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });
});

describe("a division of classes", () => {
  it("leaves two classes with a pair to train and something to look for, whole classes where there are four; or all train", () => {
    fc.assert(
      fc.property(classSizes, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (sizes, share) => {
        const { training, warnings } = right(divided(sizes, share));
        const pairs = sizes.filter((size) => size >= 2).length;
        expect(training).toHaveLength(sizes.length);
        for (const [label, count] of training.entries()) expect(count).toBeLessThanOrEqual(sizes[label] ?? 0);
        if (training.every((count, label) => count === sizes[label])) {
          expect(pairs).toBeLessThan(4);
          expect(warnings.join()).toContain("too few to train and to test");
          return;
        }
        expect(training.filter((count) => count >= 2).length).toBeGreaterThanOrEqual(2);
        expect(training.some((count, label) => (sizes[label] ?? 0) - count >= 2)).toBe(true);
        const mixed = training.some((count, label) => count > 0 && count < (sizes[label] ?? 0));
        if (mixed) expect(warnings).toHaveLength(1);
        if (pairs >= 4) expect(mixed).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});

describe("the order of names", () => {
  const name = fc.oneof(
    fc.string({ maxLength: 6 }),
    fc
      .array(fc.constantFrom("a", "b", "0", "00", "1", "2", "10", "-", "\u00e9", ":", "/"), { maxLength: 5 })
      .map((parts) => parts.join("")),
  );

  it.each(Object.entries(nameOrders))("by %s is total", (_, order) => {
    fc.assert(
      fc.property(name, name, name, (a, b, c) => {
        expect(Math.sign(order(a, b))).toBe(-Math.sign(order(b, a)) + 0);
        expect(order(a, b) === 0).toBe(a === b);
        if (order(a, b) < 0 && order(b, c) < 0) expect(order(a, c)).toBeLessThan(0);
      }),
      { numRuns: 3000 },
    );
  });

  it("by numbers is that of the numbers, whatever their length and whatever stands around them", () => {
    const text = fc.string({ maxLength: 4 }).filter((own) => !/[0-9]$/.test(own));
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 30n }), fc.bigInt({ min: 0n, max: 10n ** 30n }), text, text, (a, b, before, after) => {
        const [left, right] = [`${before}${a}.${after}`, `${before}${b}.${after}`];
        expect(Math.sign(byNumbers(left, right))).toBe(a < b ? -1 : a > b ? 1 : 0);
      }),
    );
    expect(["b", "a10", "a2", "a02", "a", "10", "9"].toSorted(byNumbers)).toEqual(["9", "10", "a", "a02", "a2", "a10", "b"]);
  });
});

describe("splits by class", () => {
  it("are disjoint, complete and keep the order", () => {
    fc.assert(
      fc.property(classSizes, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (sizes, fraction) => {
        const labels = sizes.flatMap((size, label) => new Array<number>(size).fill(label));
        const dataset = { classes: sizes.map((_, label) => `class ${label}`), labels };
        const { train, test } = right(splitByClass(dataset, { fraction }));
        expect([...train.classes, ...test.classes]).toEqual(sizes.map((_, label) => label));
        expect([...train.indices, ...test.indices]).toEqual(labels.map((_, index) => index));
        expect(train.members.flat()).toEqual(train.indices);
        expect(train.classes.length).toBe(Math.min(sizes.length - 1, Math.max(1, Math.floor(sizes.length * fraction))));
      }),
    );
  });
});

describe("image files", () => {
  it("survive the encoder at quality 100 within a few grey levels", () => {
    fc.assert(
      fc.property(pictures(1, 20), (picture) => {
        const decoded = right(decodeImage(encodeJpeg(picture, 100), "a.jpg"));
        expect([decoded.width, decoded.height]).toEqual([picture.width, picture.height]);
        expect(largestDifference(decoded.pixels, picture.pixels)).toBeLessThan(9);
      }),
      { numRuns: 40 },
    );
  });

  it("cut anywhere within the picture are refused, naming the file; cut behind it they are what they were", () => {
    fc.assert(
      fc.property(pictures(4, 20), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.boolean(), (picture, share, png) => {
        const bytes = png ? encodePng({ ...picture, data: picture.pixels, channels: 3 }) : encodeJpeg(picture, 80);
        const whole = decodeImage(bytes, "whole");
        expect(E.isRight(whole)).toBe(true);
        const kept = Math.floor(share * bytes.length);
        const result = decodeImage(bytes.subarray(0, kept), "cut.jpg");
        if (E.isLeft(result)) expect(result.left.message.startsWith("cut.jpg: ")).toBe(true);
        else {
          expect(result).toEqual(whole);
          // A checksum and the last chunk of a PNG, the end marker of a JPEG.
          expect(bytes.length - kept).toBeLessThanOrEqual(png ? 16 : 2);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("with any byte changed give a picture or an error, never an exception", () => {
    fc.assert(
      fc.property(pictures(4, 12), fc.nat(), fc.integer({ min: 1, max: 255 }), fc.boolean(), (picture, place, change, png) => {
        const bytes = Uint8Array.from(png ? encodePng({ ...picture, data: picture.pixels, channels: 3 }) : encodeJpeg(picture, 80));
        const index = place % bytes.length;
        bytes[index] = at(bytes, index) ^ change;
        const result = decodeImage(bytes, "damaged", 1_000_000);
        expect(E.isLeft(result) ? result.left.message : result.right.pixels.length).toBeTruthy();
      }),
      { numRuns: 300 },
    );
  });
});

describe("shards", () => {
  const side = 2;
  const bytes = pictureBytes(side);
  const entries: fc.Arbitrary<readonly Entry[]> = fc
    .array(
      fc.record({ path: fc.string({ minLength: 1 }), size: fc.nat(), modified: fc.double({ noNaN: true, noDefaultInfinity: true }) }),
      { minLength: 1, maxLength: 6 },
    )
    .map((some) =>
      some.map(({ path, size, modified }, index) => ({
        path: `${index} ${path}`,
        size,
        modified,
        changed: -modified,
        hash: `${index}`,
        sum: pixelSum(new Uint8Array(bytes).fill(7 * index)),
      })),
    );

  it("read back what was written, in any order of positions, and are not there once a byte is missing", async () => {
    await fc.assert(
      fc.asyncProperty(entries, fc.array(fc.nat(), { maxLength: 8 }), async (own, wanted) => {
        const into = mkdtempSync(join(folder, "shards-"));
        const pixels = own.map((_, index) => new Uint8Array(bytes).fill(7 * index));
        const shard = right(writeShard(into, side, own, pixels));
        expect(readShards(into, side)).toEqual([shard]);
        const slots = wanted.map((slot) => slot % own.length);
        const read = right(await readSlots(shard, slots)());
        expect(read.map((square) => [...square])).toEqual(slots.map((slot) => [...(pixels[slot] ?? [])]));
        expect(read.map(pixelSum)).toEqual(slots.map((slot) => own[slot]?.sum));
        expect(readShards(into, side + 1)).toEqual([]);
        right(writeShard(into, side, own, pixels));
        truncateSync(`${shard.path}.pixels`, own.length * bytes - 1);
        expect(readShards(into, side)).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });
});

describe("pictures in memory", () => {
  it("never take more than their bound, keep what was asked for last, and give back what was put", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 40 }),
        fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 6 }), fc.integer({ min: 1, max: 15 })), { maxLength: 60 }),
        (bound, moves) => {
          const memory = boundedMemory(bound);
          // The last asked for, first: the simplest thing that does the same.
          let model: readonly (readonly [number, Uint8Array])[] = [];
          for (const [puts, picture, length] of moves) {
            const others = model.filter(([number]) => number !== picture);
            if (puts) {
              const pixels = new Uint8Array(length);
              memory.put(picture, pixels);
              let used = length;
              const kept = others.filter(([, { length: own }]) => {
                used += own;
                return used <= bound;
              });
              model = length > bound ? others : [[picture, pixels], ...kept];
            } else {
              const known = model.find(([number]) => number === picture);
              expect(memory.get(picture)).toBe(known?.[1]);
              if (known !== undefined) model = [known, ...others];
            }
          }
          for (const [picture, pixels] of model.toReversed()) expect(memory.get(picture)).toBe(pixels);
          expect(model.reduce((sum, [, { length }]) => sum + length, 0)).toBeLessThanOrEqual(bound);
        },
      ),
      { numRuns: 300 },
    );
  });
});
