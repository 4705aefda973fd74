/** A run's metrics as TensorBoard's files: read by a reader of the test's own, checksums as RFC 3720 has them. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { makeDataset } from "../src/datasets/index.js";
import { crc32c, masked } from "../src/export/events/crc32c.js";
import { eventFile, momentsOf } from "../src/export/index.js";
import { readMetrics } from "../src/runs/index.js";
import { printedBy, tiny } from "./fixtures/commands.js";

const folder = mkdtempSync(join(tmpdir(), "mdr-events-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Read {
  readonly time: number;
  readonly step: number;
  readonly version: string;
  readonly values: readonly (readonly [tag: string, value: number])[];
}

/** Field number, and its bytes or its number; fields of fixed length as bytes. */
const fields = (bytes: Buffer): readonly (readonly [number: number, content: Buffer, value: number])[] => {
  const found: [number, Buffer, number][] = [];
  let at = 0;
  const varint = (): number => {
    let [value, factor] = [0, 1];
    for (;;) {
      const byte = bytes.readUInt8(at++);
      value += (byte & 127) * factor;
      factor *= 128;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const kind = tag & 7;
    const length = kind === 1 ? 8 : kind === 5 ? 4 : kind === 2 ? varint() : 0;
    const value = kind === 0 ? varint() : 0;
    found.push([tag >> 3, bytes.subarray(at, at + length), value]);
    at += length;
  }
  return found;
};

const event = (bytes: Buffer): Read => {
  const all = fields(bytes);
  const one = (number: number) => all.find(([own]) => own === number);
  return {
    time: one(1)?.[1].readDoubleLE(0) ?? Number.NaN,
    step: one(2)?.[2] ?? 0,
    version: one(3)?.[1].toString() ?? "",
    values: fields(one(5)?.[1] ?? Buffer.alloc(0)).map(([, content]) => {
      const [tag, value] = fields(content);
      return [tag?.[1].toString() ?? "", value?.[1].readFloatLE(0) ?? Number.NaN] as const;
    }),
  };
};

/** The mask taken off a checksum, by TensorFlow's own formula. */
const unmasked = (stored: number): number => {
  const turned = (stored - 0xa282ead8) >>> 0;
  return ((turned >>> 17) | (turned << 15)) >>> 0;
};

const read = (bytes: Buffer): readonly Read[] => {
  const events: Read[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at));
    expect(unmasked(bytes.readUInt32LE(at + 8))).toBe(crc32c(bytes.subarray(at, at + 8)));
    const data = bytes.subarray(at + 12, at + 12 + length);
    expect(unmasked(bytes.readUInt32LE(at + 12 + length))).toBe(crc32c(data));
    events.push(event(data));
    at += 16 + length;
  }
  return events;
};

describe("checksums", () => {
  it("are those of RFC 3720, appendix B.4", () => {
    const bytes = (of: (index: number) => number) => Uint8Array.from({ length: 32 }, (_, index) => of(index));
    expect(crc32c(bytes(() => 0))).toBe(0x8a9136aa);
    expect(crc32c(bytes(() => 255))).toBe(0x62a8ab43);
    expect(crc32c(bytes((index) => index))).toBe(0x46dd794e);
    expect(crc32c(bytes((index) => 31 - index))).toBe(0x113fdb5c);
    expect(crc32c(new TextEncoder().encode("123456789"))).toBe(0xe3069283);
  });

  it("are masked as in every TFRecord that begins with an Event of 24 bytes", () => {
    // Files of TensorFlow begin 18 00 00 00 00 00 00 00 a3 7f 4b 22: a version with its time is 24 bytes long.
    expect(masked(crc32c(Uint8Array.of(24, 0, 0, 0, 0, 0, 0, 0)))).toBe(0x224b7fa3);
  });
});

describe("an event file", () => {
  it("says its version first, then each moment's scalars, to 32 bits", () => {
    const moments = [
      { seconds: 10.5, step: 1, scalars: { "train/loss": 0.1 } },
      { seconds: 11, step: 300, scalars: { "train/loss": -2, "test/recall@1": Number.NaN } },
    ];
    expect(read(Buffer.concat(eventFile(10, moments)))).toEqual([
      { time: 10, step: 0, version: "brain.Event:2", values: [] },
      { time: 10.5, step: 1, version: "", values: [["train/loss", Math.fround(0.1)]] },
      {
        time: 11,
        step: 300,
        version: "",
        values: [
          ["train/loss", -2],
          ["test/recall@1", Number.NaN],
        ],
      },
    ]);
  });

  it("has lists by their places, names of what is no number, and the time that the pictures of a step take", () => {
    const lines = [
      { event: "epoch", epoch: 0, step: 0, scores: { "recall@1": 0.5 }, histogram: { counts: [1] }, levels: [-3, 0] },
      { event: "step", epoch: 1, step: 1, loss: "Infinity", levels: [-3, 0.5], imagesPerSecond: 4 },
    ];
    expect(momentsOf(lines, 100, 8)).toEqual([
      { seconds: 100, step: 0, scalars: { "test/recall@1": 0.5, "epoch/levels/0": -3, "epoch/levels/1": 0 } },
      {
        seconds: 102,
        step: 1,
        scalars: { "train/loss": Number.POSITIVE_INFINITY, "train/levels/0": -3, "train/levels/1": 0.5, "train/imagesPerSecond": 4 },
      },
    ]);
  });

  it("of a run holds every step and every evaluation", async () => {
    const [photos, run, out] = [join(folder, "photos"), join(folder, "run"), join(folder, "board", "events.out.tfevents.run")];
    expect((await makeDataset({ seed: 3, classes: 6, imagesPerClass: 4, size: 20 }, photos)())._tag).toBe("Right");
    await printedBy("train", "--data", photos, "--out", run, ...tiny);
    expect(await printedBy("export", run, "--to", out)).toBe(`4 steps and evaluations in ${out}\n`);
    const [first, ...events] = read(readFileSync(out));
    expect(Math.abs((first?.time ?? 0) - Date.now() / 1000)).toBeLessThan(600);
    expect(events.map(({ step }) => step)).toEqual([0, 1, 2, 2]);
    const { lines } = readMetrics(run);
    expect(Object.fromEntries(events[1]?.values ?? [])["train/loss"]).toBe(Math.fround(Number(lines[1]?.loss)));
    expect(events.at(-1)?.values.map(([tag]) => tag)).toContain("test/recall@1");
  });
});
