/**
 * `npm run bench -- serve [--pictures 2000] [--json]`: the service in a process of its own, over an index of generated pictures: 1,000
 * requests, 16 at a time, after as many to warm up (uploads that nobody sent before, pictures of the index, small pictures), how long they take and what memory
 * does; then the process is killed under load, begun again, and asked whether it knows what it knew.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { encodeJpeg } from "#mdr/datasets/index.js";

const bin = fileURLToPath(new URL("../../bin/mdr.js", import.meta.url));

/** Blobs of colour that depend on the number alone. */
const jpegOf = (number: number, side = 64): Uint8Array => {
  const wave = (at: number): number => Math.round(127.5 + 127.5 * Math.sin(at));
  const pixels = new Uint8Array(3 * side * side);
  for (let at = 0; at < pixels.length; at++) {
    const [pixel, channel] = [Math.floor(at / 3), at % 3];
    const [x, y] = [(pixel % side) / side, Math.floor(pixel / side) / side];
    pixels[at] = wave(number * (1.3 + channel) + 5 * x * Math.cos(number) + 7 * y * Math.sin(2 * number + channel));
  }
  return encodeJpeg({ width: side, height: side, pixels }, 85);
};

const classes = 20;

const drawn = (root: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, number) => {
    const folder = join(root, `class${number % classes}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${number}.jpg`), jpegOf(number));
    return `class${number % classes}/${number}.jpg`;
  });

const done = (...args: readonly string[]): void => {
  const ended = spawnSync(process.execPath, [bin, ...args], { encoding: "utf8" });
  if (ended.status !== 0) throw new Error(`mdr ${args.join(" ")} ended with ${ended.status}: ${ended.stderr}`);
};

interface Running {
  readonly address: string;
  readonly child: ChildProcess;
  readonly startSeconds: number;
}

const started = async (place: string): Promise<Running> => {
  const from = performance.now();
  const child = spawn(process.execPath, [bin, "serve", place, "--port", "0", "--log", `${place}.log`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (child.stdout === null) throw new Error("no output");
  const [address] = (await once(createInterface(child.stdout), "line")) as [string];
  return { address, child, startSeconds: (performance.now() - from) / 1000 };
};

interface Load {
  readonly milliseconds: readonly number[];
  readonly errors: readonly string[];
  readonly seconds: number;
}

/** `count` requests, `atOnce` at a time, until `isOver`. */
const loaded = async (
  count: number,
  atOnce: number,
  request: (number: number) => Promise<Response>,
  isOver = () => false,
): Promise<Load> => {
  const [milliseconds, errors]: [number[], string[]] = [[], []];
  let next = 0;
  const from = performance.now();
  const one = async (): Promise<void> => {
    while (next < count && !isOver()) {
      const begun = performance.now();
      const number = next++;
      try {
        const response = await request(number);
        await response.arrayBuffer();
        if (!response.ok) errors.push(`${number}: ${response.status}`);
      } catch (thrown) {
        errors.push(`${number}: ${String(thrown)}`);
      }
      milliseconds.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  return { milliseconds: milliseconds.sort((a, b) => a - b), errors, seconds: (performance.now() - from) / 1000 };
};

const share = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;

const memoryOf = async (address: string): Promise<number> =>
  Number(/^process_resident_memory_bytes (\d+)/m.exec(await (await fetch(`${address}metrics`)).text())?.[1]) / 2 ** 20;

interface Match {
  readonly file: string;
  readonly digest: string;
  readonly distance: number;
}

const nearest = async (address: string, file: string): Promise<readonly Match[]> =>
  ((await (await fetch(`${address}api/search?${new URLSearchParams({ file })}`)).json()) as { readonly matches: readonly Match[] }).matches;

export const benchServe = async (count: number, { asJson }: { readonly asJson: boolean }): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), "mdr-bench-serve-"));
  const [data, run, place] = ["photos", "run", "photos.db"].map((name) => join(folder, name)) as [string, string, string];
  const note = (line: string): void => void process.stderr.write(`${line}\n`);
  try {
    const files = drawn(data, count);
    note(`${count} pictures drawn`);
    const network = ["--image-size", "16", "--width", "8", "--depth", "0", "--embedding", "64", "--engine", "wasm"];
    done(
      "train",
      "--data",
      data,
      "--out",
      run,
      ...network,
      "--batch",
      "16",
      "--per-class",
      "4",
      "--epochs",
      "1",
      "--iterations",
      "1",
      "--decay-steps",
      "1",
    );
    done("index", run, data, "--db", place, "--engine", "wasm");
    note("indexed");
    const first = await started(place);
    const sample = files.filter((_, at) => at % Math.ceil(count / 20) === 0);
    const before = await Promise.all(sample.map((file) => nearest(first.address, file)));
    const digests = before.flat().map(({ digest }) => digest);
    const at = (address: string, unseen: number) => (number: number) => {
      if (number % 4 === 1) return fetch(`${address}api/search?${new URLSearchParams({ file: files[(number * 7) % count] ?? "" })}`);
      if (number % 4 === 3)
        return fetch(`${address}api/picture?${new URLSearchParams({ digest: digests[number % digests.length] ?? "", side: "200" })}`);
      const picture = uploads[unseen + Math.floor(number / 2)] ?? new Uint8Array();
      return fetch(`${address}api/search`, { method: "POST", body: Uint8Array.from(picture), headers: { "content-type": "image/jpeg" } });
    };
    // Encoded before the clock runs: one for each request that sends one, and those of warming up and of the killing.
    const uploads = Array.from({ length: 1500 }, (_, number) => jpegOf(count + number + 0.5, 128));
    await loaded(1000, 16, at(first.address, 0));
    const memoryBefore = await memoryOf(first.address);
    const load = await loaded(1000, 16, at(first.address, 500));
    const memoryAfter = await memoryOf(first.address);
    let isKilled = false;
    const cut = loaded(1000, 16, at(first.address, 1000), () => isKilled);
    await new Promise((resolve) => setTimeout(resolve, 500));
    isKilled = true;
    first.child.kill("SIGKILL");
    await once(first.child, "exit");
    const lost = (await cut).errors.length;
    const second = await started(place);
    const after = await Promise.all(sample.map((file) => nearest(second.address, file)));
    const same = JSON.stringify(after) === JSON.stringify(before);
    second.child.kill("SIGTERM");
    const [code] = (await once(second.child, "exit")) as [number | null];
    const result = {
      pictures: count,
      requests: 1000,
      at_once: 16,
      errors: load.errors.length,
      p50_ms: share(load.milliseconds, 0.5),
      p99_ms: share(load.milliseconds, 0.99),
      requests_per_second: 1000 / load.seconds,
      memory_start_mib: memoryBefore,
      memory_end_mib: memoryAfter,
      killed: { requests_cut_off: lost, start_seconds: second.startSeconds, same_answers_after: same },
      exit_after_sigterm: code,
    };
    process.stdout.write(
      asJson
        ? `${JSON.stringify(result, null, 2)}\n`
        : [
            `${count} pictures; 1,000 requests, 16 at a time: ${result.errors} errors, p50 ${result.p50_ms.toFixed(1)} ms, p99 ${result.p99_ms.toFixed(1)} ms, ${result.requests_per_second.toFixed(0)} a second`,
            `memory ${memoryBefore.toFixed(0)} MiB before and ${memoryAfter.toFixed(0)} MiB after`,
            `killed under load (${lost} requests cut off), begun again in ${second.startSeconds.toFixed(1)} s: ${same ? "the same answers" : "OTHER ANSWERS"}; SIGTERM: exit ${code}`,
            "",
          ].join("\n"),
    );
    for (const error of load.errors.slice(0, 5)) note(error);
    if (load.errors.length > 0 || !same || code !== 0) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
