/**
 * `npm run bench -- queue [--times 20]`: 60 cells in a queue on a Redis server of its own and four workers, which are killed with SIGKILL at
 * random moments and started again; one of them stands still for longer than its lease, over and over; the server is killed once and comes
 * back from its log; one cell cannot be trained. Every cell must be in the table once, in the bits of a grid that one process trained alone.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as E from "fp-ts/lib/Either.js";
import { makeDataset } from "#mdr/datasets/index.js";
import { integer, type Random, seeded } from "#mdr/random/index.js";
import { outcome } from "./kills.js";

const bin = fileURLToPath(new URL("../../bin/mdr.js", import.meta.url));

/** The lease in seconds: on a busy machine a worker may not be heard for some. */
const [seed, port, lease, cells] = [5, 7411, 8, 60] as const;

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** One row along 60 points, the last of which begins with weights that are none. */
const recipeOf = (poison: string) => ({
  title: "Sixty small cells",
  seeds: 1,
  settings: {
    ...{ imageSize: 16, batch: 8, perClass: 4, width: 4, depth: 0, embedding: 8 },
    ...{ iterations: 10, epochs: 3, decaySteps: [2], engine: "wasm" },
  },
  datasets: { folders: {} },
  rows: [{ name: "Triplet + MDR", settings: { method: "triplet-mdr" } }],
  points: {
    axis: "cell",
    values: Array.from({ length: cells }, (_, at) => ({
      at,
      settings: { lambda: (at + 1) / 100, ...(at === cells - 1 ? { weights: poison } : {}) },
    })),
  },
});

interface Server {
  readonly kill: () => Promise<void>;
  readonly start: () => Promise<void>;
}

const serverIn = (folder: string): Server => {
  let running: ChildProcess | undefined;
  const answers = (): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connect(port, "127.0.0.1");
      const end = (up: boolean): void => {
        socket.destroy();
        resolve(up);
      };
      socket.once("connect", () => end(true)).once("error", () => end(false));
    });
  return {
    start: async () => {
      const flags = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--appendonly", "yes", "--save", ""];
      running = spawn("redis-server", flags, { stdio: "ignore" });
      while (!(await answers())) await pause(20);
    },
    kill: async () => {
      if (running === undefined) return;
      const gone = once(running, "exit");
      running.kill("SIGKILL");
      await gone;
    },
  };
};

interface Line {
  readonly kind: string;
  readonly cell: { readonly id: string };
  readonly outcome: { readonly kind: string; readonly why?: string };
  readonly section?: { readonly cells: readonly { readonly id: string; readonly outcome?: { readonly kind: string } }[] };
}

interface Printed {
  readonly lines: readonly Line[];
  readonly code: number | null;
  readonly seconds: number;
}

const reproduced = async (args: readonly string[]): Promise<Printed> => {
  const started = Date.now();
  const child = spawn(process.execPath, [bin, "reproduce", ...args, "--json"], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (piece: string) => {
    text += piece;
  });
  const [code] = (await once(child, "close")) as [number | null];
  const lines = text.trim().split("\n").filter(Boolean);
  return { code, lines: lines.map((line) => JSON.parse(line) as Line), seconds: (Date.now() - started) / 1000 };
};

/** Workers under names; what they say is kept. */
const crewOf = (out: string, said: string[]) => {
  const there = new Map<string, ChildProcess>();
  const hire = (name: string): void => {
    const flags = ["worker", "--queue", `redis://127.0.0.1:${port}`, "--out", out, "--name", name, "--lease", String(lease)];
    const child = spawn(process.execPath, [bin, ...flags], { stdio: ["ignore", "ignore", "pipe"] });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => said.push(text));
    there.set(name, child);
  };
  return { hire, send: (name: string, signal: NodeJS.Signals) => there.get(name)?.kill(signal), names: () => [...there.keys()] };
};

const digestOf = (texts: readonly string[]): string => createHash("sha256").update(texts.join("\n")).digest("hex").slice(0, 16);

export const benchQueue = async (times: number, { asJson }: { readonly asJson: boolean }): Promise<void> => {
  if (spawnSync("redis-server", ["--version"]).status !== 0) throw new Error("redis-server is not installed");
  const folder = mkdtempSync(join(tmpdir(), "mdr-bench-"));
  const note = (text: string): void => void process.stderr.write(`${text}\n`);
  const [data, alone, shared, recipe, poison] = ["data", "alone", "shared", "sixty.json", "poison.safetensors"].map((name) =>
    join(folder, name),
  ) as [string, string, string, string, string];
  const server = serverIn(join(folder, "redis"));
  const said: string[] = [];
  const crew = crewOf(shared, said);
  try {
    mkdirSync(join(folder, "redis"));
    writeFileSync(poison, "no weights");
    writeFileSync(recipe, JSON.stringify(recipeOf(poison)));
    const made = await makeDataset({ seed: 1, classes: 6, imagesPerClass: 8, size: 24 }, data)();
    if (E.isLeft(made)) throw new Error(made.left.message);
    const byItself = reproduced([recipe, "--data", data, "--out", alone]);

    await server.start();
    const names = ["w0", "w1", "w2", "slow"];
    for (const name of names) crew.hire(name);
    let over = false;
    let kills = 0;
    let stops = 0;
    let restarts = 0;
    let random: Random = seeded(seed);
    const drawn = (from: number, to: number): number => {
      const [value, next] = integer(from, to, random);
      random = next;
      return value;
    };
    const begun = (): number => said.join("").match(/: begins/g)?.length ?? 0;
    const killing = (async () => {
      while (!over && kills < times) {
        // By what is begun, and not by the clock: on a busy machine workers would die before they have begun anything.
        if (begun() < names.length + (3 * kills) / 2) {
          await pause(50);
          continue;
        }
        await pause(drawn(0, 2000));
        if (over) return;
        const name = `w${drawn(0, 3)}`;
        crew.send(name, "SIGKILL");
        kills += 1;
        note(`${kills} of ${times} kills, ${begun()} begun`);
        await pause(drawn(0, 1000));
        crew.hire(name);
      }
    })();
    const slowing = (async () => {
      while (!over) {
        await pause(2000 * lease);
        crew.send("slow", "SIGSTOP");
        stops += 1;
        await pause(2000 * lease);
        crew.send("slow", "SIGCONT");
      }
    })();
    const restarting = (async () => {
      while (!over && begun() < cells / 2) await pause(100);
      if (over) return;
      await server.kill();
      await pause(1500);
      await server.start();
      restarts += 1;
      note("the server was killed and is back");
    })();
    const theirs = await reproduced([recipe, "--data", data, "--out", shared, "--queue", `redis://127.0.0.1:${port}`]);
    over = true;
    const own = await byItself;
    for (const name of crew.names()) crew.send(name, "SIGKILL");
    await Promise.all([killing, slowing, restarting]);

    const ended = theirs.lines.filter(({ kind }) => kind === "ended");
    const ids = new Set(ended.map(({ cell }) => cell.id));
    const done = ended.filter((line) => line.outcome.kind === "done").map(({ cell }) => cell.id);
    const failures = ended.flatMap((line) => (line.outcome.kind === "failed" ? [line.outcome.why ?? ""] : []));
    const table = theirs.lines.find(({ kind }) => kind === "tables")?.section?.cells ?? [];
    const sorted = [...done].sort();
    const bits = (out: string): readonly string[] => sorted.map((id) => outcome(join(out, "cells", id)));
    const [expected, found] = [bits(alone), bits(shared)];
    const text = said.join("");
    const count = (pattern: RegExp): number => text.match(pattern)?.length ?? 0;
    const wrong = [
      ...(ended.length === cells && ids.size === cells ? [] : [`${ended.length} ends of ${ids.size} cells, and not ${cells}`]),
      ...(done.length === cells - 1 ? [] : [`${done.length} cells are done`]),
      ...(failures.length === 1 && /tried 3 times/.test(failures[0] ?? "") ? [] : [`failures: ${failures.join("; ")}`]),
      ...(table.filter((cell) => cell.outcome?.kind === "done").length === cells - 1 ? [] : ["the table has other cells"]),
      ...sorted.filter((_, at) => expected[at] !== found[at] || found[at] === "no result").map((id) => `${id}: other numbers than alone`),
      ...(theirs.code === 1 && own.code === 1 ? [] : [`ended with ${theirs.code}, alone with ${own.code}`]),
    ];
    const result = {
      ...{ seed, workers: names.length, cells, done: done.length, poisoned: failures, kills, stops, restarts },
      ...{ begun: begun(), "given back": count(/: given back/g), "lost leases": count(/its lease ran out/g) },
      ...{ "digest alone": digestOf(expected), "digest by the queue": digestOf(found) },
      ...{ seconds: theirs.seconds, wrong },
    };
    process.stdout.write(
      asJson
        ? `${JSON.stringify(result, null, 2)}\n`
        : `${Object.entries(result)
            .map(([name, value]) => `${name}: ${Array.isArray(value) ? value.join("; ") || "nothing" : value}`)
            .join("\n")}\n`,
    );
    if (wrong.length > 0) process.exitCode = 1;
  } finally {
    for (const name of crew.names()) crew.send(name, "SIGKILL");
    await server.kill();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
};
