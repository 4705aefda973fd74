/** `npm run bench -- decoding`: JPEGs of 500 x 375 by this package, by jpeg-js alone and by Pillow, in turn, on one thread each. */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import jpeg from "jpeg-js";
import { encodeJpeg } from "#mdr/datasets/index.js";
import { decodeImage, type Picture } from "#mdr/pictures/index.js";
import { median } from "./measure.js";

const PICTURES = 24;
const [WIDTH, HEIGHT] = [500, 375];

/** Some pictures of 500 x 375: slopes, edges and grain, about as many bytes as a photograph of that size and quality has. */
export const drawn = (number: number): Picture => {
  const pixels = new Uint8Array(WIDTH * HEIGHT * 3);
  let grain = number + 1;
  for (let y = 0, at = 0; y < HEIGHT; y++)
    for (let x = 0; x < WIDTH; x++)
      for (let channel = 0; channel < 3; channel++, at++) {
        grain = (Math.imul(grain, 1_103_515_245) + 12_345) >>> 0;
        const slope = 110 + 70 * Math.sin((x * (number + 3)) / 300 + channel) + 50 * Math.cos((y * (number + 5)) / 200 - channel);
        const edge = ((x + number * 17) ^ (y * 2)) % 64 < 12 ? 40 : 0;
        pixels[at] = Math.max(0, Math.min(255, slope - edge + (grain >>> 28)));
      }
  return { width: WIDTH, height: HEIGHT, pixels };
};

/** Milliseconds of one round over all pictures; undefined where it cannot be. */
type Round = () => Promise<number | undefined>;

const timed =
  (decode: (file: Uint8Array) => unknown, files: readonly Uint8Array[]): Round =>
  async () => {
    const start = performance.now();
    for (const file of files) decode(file);
    return performance.now() - start;
  };

const pillow = (folder: string): { readonly round: Round; readonly close: () => void } => {
  const python = ["python3", "/usr/bin/python3"].find((one) => spawnSync(one, ["-c", "import PIL"]).status === 0);
  if (python === undefined) return { round: async () => undefined, close: () => undefined };
  const script = fileURLToPath(new URL("../../bench/peers/pillow.py", import.meta.url));
  const child = spawn(python, [script, folder], { stdio: ["pipe", "pipe", "ignore"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    round: async () => {
      child.stdin.write("\n");
      const answer = await lines.next();
      return answer.done === true ? undefined : Number(answer.value);
    },
    close: () => {
      child.stdin.end();
      child.kill();
    },
  };
};

export const benchDecoding = async ({ asJson, quick }: { readonly asJson: boolean; readonly quick: boolean }): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), "mdr-bench-decoding-"));
  const files = Array.from({ length: PICTURES }, (_, number) => encodeJpeg(drawn(number), 85));
  for (const [number, file] of files.entries()) writeFileSync(join(folder, `${number}.jpg`), file);
  const peer = pillow(folder);
  const contestants: readonly (readonly [string, Round])[] = [
    ["jpeg-js", timed((file) => jpeg.decode(file, { useTArray: true, formatAsRGBA: false }), files)],
    ["mdr", timed((file) => decodeImage(file, "picture"), files)],
    ["pillow", peer.round],
  ];
  const times = new Map<string, number[]>(contestants.map(([name]) => [name, []]));
  try {
    for (let round = 0; round <= (quick ? 5 : 15); round++)
      for (const [name, run] of contestants) {
        const milliseconds = await run();
        // The first round warms up.
        if (milliseconds !== undefined && round > 0) times.get(name)?.push(milliseconds);
      }
  } finally {
    peer.close();
    rmSync(folder, { recursive: true, force: true });
  }
  const rate = (name: string): number | null => {
    const own = times.get(name) ?? [];
    return own.length === 0 ? null : (1000 * PICTURES) / median(own);
  };
  const rates = Object.fromEntries(contestants.map(([name]) => [name, rate(name)]));
  const over = (name: string): number | null => {
    const [own, other] = [rate("mdr"), rate(name)];
    return own === null || other === null ? null : own / other;
  };
  const ratios = { over_jpeg_js: over("jpeg-js"), over_pillow: over("pillow") };
  const kilobytes = files.reduce((sum, { length }) => sum + length, 0) / PICTURES / 1000;
  if (asJson) process.stdout.write(`${JSON.stringify({ pictures_per_second: rates, ratios, kilobytes }, null, 2)}\n`);
  else
    process.stdout.write(
      [
        `JPEGs of ${WIDTH} x ${HEIGHT}, ${kilobytes.toFixed(0)} kB each, pictures a second on one thread`,
        ...Object.entries(rates).map(
          ([name, value]) =>
            `${name.padEnd(10)} ${value === null ? "no python3 here imports PIL (Debian: apt-get install python3-pil)" : value.toFixed(0)}`,
        ),
        ...Object.entries(ratios).map(([name, value]) => `${name.padEnd(14)} ${value === null ? "null" : value.toFixed(2)}`),
        "",
      ].join("\n"),
    );
};
