/** Whatever happens to its files between two runs, a store gives the pictures that are there now, and decodes no more than it must. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { encode as encodePng } from "fast-png";
import * as E from "fp-ts/lib/Either.js";
import { afterAll, describe, expect, it } from "vitest";
import { openStore, type Store } from "../src/store/index.js";

const base = mkdtempSync(join(tmpdir(), "mdr-store-laws-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const right = <L, A>(either: E.Either<L, A>): A => {
  if (E.isLeft(either)) throw new Error(JSON.stringify(either.left));
  return either.right;
};

const side = 3;
const bytes = 3 * side * side;
const names = ["a", "b", "c", "d", "e", "f", "g"];

type Event =
  | { readonly kind: "put"; readonly picture: number; readonly value: number }
  | { readonly kind: "touch" | "remove"; readonly picture: number }
  | { readonly kind: "flip" | "cut" | "forget"; readonly place: number };

const picture = fc.nat({ max: names.length - 1 });
const events: fc.Arbitrary<Event> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("put" as const), picture, value: fc.integer({ min: 0, max: 255 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("touch" as const, "remove" as const), picture }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("flip" as const, "cut" as const, "forget" as const), place: fc.nat() }) },
);

/** One run of a program between two events: which pictures it wants, in shards and a memory of how many. */
const runs = fc.record({
  events: fc.array(events, { maxLength: 4 }),
  wanted: fc.subarray(names, { minLength: 1 }),
  ofShard: fc.integer({ min: 1, max: 5 }),
  inMemory: fc.integer({ min: 0, max: 3 }),
  reads: fc.array(fc.nat(), { maxLength: 9 }),
});

describe("a store over many runs", () => {
  it("gives what is in the files, however they, its shards and its bounds changed", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(runs, { minLength: 1, maxLength: 6 }), async (sequence) => {
        const folder = mkdtempSync(join(base, "one-"));
        const [root, cache] = [join(folder, "set"), join(folder, "cache")];
        mkdirSync(root);
        const values = new Map<string, number>();
        let clock = 1_000_000_000;
        const happen = (event: Event): void => {
          if ("picture" in event) {
            const name = names[event.picture] ?? "";
            const path = join(root, name);
            if (event.kind === "remove") rmSync(path, { force: true });
            if (event.kind === "put")
              writeFileSync(path, encodePng({ width: 1, height: 1, channels: 3, data: new Uint8Array(3).fill(event.value) }));
            if (event.kind === "put") values.set(name, event.value);
            if (event.kind === "remove") values.delete(name);
            if (event.kind !== "remove" && existsSync(path)) utimesSync(path, clock, clock++);
            return;
          }
          const ending = event.kind === "forget" ? ".json" : ".pixels";
          const files = existsSync(cache) ? readdirSync(cache).filter((name) => name.endsWith(ending)) : [];
          const file = join(cache, files[event.place % Math.max(1, files.length)] ?? "");
          if (files.length === 0) return;
          const content = readFileSync(file);
          if (content.length === 0) return;
          if (event.kind === "cut") truncateSync(file, event.place % content.length);
          else if (event.kind === "forget") rmSync(file);
          else {
            content[event.place % content.length] = (content[event.place % content.length] ?? 0) ^ 64;
            writeFileSync(file, content);
          }
        };
        for (const run of sequence) {
          run.events.forEach(happen);
          const paths = run.wanted.filter((name) => values.has(name));
          const open = async (): Promise<Store> =>
            right(
              await openStore({
                root,
                paths,
                folders: [cache],
                side,
                filter: "lanczos",
                maxPixels: 100,
                shardBytes: run.ofShard * bytes,
                memoryBytes: run.inMemory * bytes,
                workers: 0,
              })(),
            );
          const store = await open();
          expect(store.decoded + store.reused).toBe(paths.length);
          const reads = paths.length === 0 ? [] : [...paths.keys(), ...run.reads.map((number) => number % paths.length)];
          const pixels = right(await store.read(reads)());
          const expected = reads.map((number) => values.get(paths[number] ?? ""));
          expect(reads.map((_, position) => pixels[position * bytes])).toEqual(expected);
          expect(reads.map((_, position) => pixels[(position + 1) * bytes - 1])).toEqual(expected);
          // What was damaged has been read, and so found: the run after the next one decodes nothing.
          await open();
          expect((await open()).decoded).toBe(0);
        }
        rmSync(folder, { recursive: true });
      }),
      { numRuns: 60 },
    );
  });
});
