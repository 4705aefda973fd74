/** Cells through a real Redis: priorities, tries, refusals, cancelling, a server that goes away, a worker that is killed; and Slurm's script. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { trainOrder } from "../src/cli/trainee.js";
import { makeDataset } from "../src/datasets/index.js";
import { type Cell, cellFolder, type Outcome } from "../src/experiments/index.js";
import { failed, misused } from "../src/faults/index.js";
import {
  addressOf,
  type CellJob,
  type CellQueue,
  type Connection,
  cellQueue,
  connect,
  type GridOrder,
  type Reply,
  type Serving,
  sentFault,
  type Training,
  takeCells,
  throughQueue,
  type WorkerWord,
} from "../src/queue/index.js";
import { loadCheckpoint } from "../src/runs/index.js";
import { mdr } from "./fixtures/commands.js";
import { type RedisServer, redisServer, withRedis } from "./fixtures/redis.js";

const folder = mkdtempSync(join(tmpdir(), "mdr-queue-"));
const data = join(folder, "birds");
const bin = join(import.meta.dirname, "..", "bin", "mdr.js");

const right = <L, A>(either: E.Either<L, A>): A => {
  if (E.isRight(either)) return either.right;
  return expect.fail(JSON.stringify(either.left));
};

const small = { imageSize: 16, width: 2, depth: 0, embedding: 3, batch: 6, perClass: 2, epochs: 2, iterations: 2, decaySteps: [1] };
const recipe = join(folder, "toy.json");

let server: RedisServer | undefined;
const closers: (() => Promise<unknown> | unknown)[] = [];

beforeAll(async () => {
  right(await makeDataset({ seed: 3, classes: 6, imagesPerClass: 4, size: 20 }, data)());
  writeFileSync(
    recipe,
    JSON.stringify({
      title: "A toy",
      seeds: 3,
      settings: small,
      datasets: { folders: {} },
      rows: [
        { name: "Triplet", settings: { method: "triplet" } },
        { name: "Triplet + MDR", settings: { method: "triplet-mdr" } },
      ],
    }),
  );
  if (withRedis.skip !== true) server = await redisServer(join(folder, "redis"));
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});
afterAll(async () => {
  await server?.kill();
  rmSync(folder, { recursive: true, force: true });
});

const address = (): string => server?.address ?? "";

const done = (recall: number): Outcome => ({
  kind: "done",
  final: { "recall@1": recall },
  best: { "recall@1": recall },
  epochs: 1,
  bestEpoch: 1,
  seconds: 1,
  engine: "none",
  tested: "unseen classes",
  curve: [],
});
const well: Reply = { kind: "done", outcome: done(0.5) };

const cellNamed = (id: string): Cell => ({ id, row: id, seed: 1, settings: {} });
const order: GridOrder = { recipe: "toy", fingerprint: "f", version: "1", generated: false, priority: 100, retries: 0 };

/** A connection of a test's own, and what is said of it. */
const connected = async (): Promise<{ readonly connection: Connection; readonly words: string[] }> => {
  const words: string[] = [];
  const connection = right(await connect(right(addressOf(address())), (word) => words.push(word))());
  closers.push(connection.close);
  return { connection, words };
};

const queued = async (): Promise<CellQueue> => {
  const queue = cellQueue((await connected()).connection);
  closers.push(queue.close);
  return queue;
};

/** A training that ends when it is told how. */
const open = () => {
  const asked: string[] = [];
  let end = (_: Reply): void => {};
  const reply = new Promise<Reply>((resolve) => {
    end = resolve;
  });
  const training: Training = {
    reply,
    stop: () => {
      asked.push("stop");
      end({ kind: "stopped" });
    },
    kill: () => {
      asked.push("kill");
      end({ kind: "lost" });
    },
  };
  return { training, asked, end };
};

const at = (reply: Reply): Training => ({ reply: Promise.resolve(reply), stop: () => {}, kill: () => {} });

interface Employed {
  readonly serving: Serving;
  readonly words: readonly WorkerWord[];
  readonly link: readonly string[];
}

const worker = async (
  begin: (job: CellJob) => Training,
  more: { readonly version?: string; readonly lease?: number } = {},
): Promise<Employed> => {
  const { connection, words: link } = await connected();
  const words: WorkerWord[] = [];
  const serving = takeCells(connection, {
    name: "w",
    slots: 1,
    lease: 1000,
    version: "1",
    ...more,
    begin,
    onWord: (word) => words.push(word),
    onProblem: (problem) => words.push({ kind: "failed", why: problem } as WorkerWord),
  });
  closers.unshift(() => {
    serving.stop();
    return serving.ended;
  });
  return { serving, words, link };
};

/** Waits until something is so, which a test's own limit bounds. */
const until = async (is: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await is())) await new Promise((resolve) => setTimeout(resolve, 20));
};

const carried = async (
  queue: CellQueue,
  ids: readonly string[],
  more: Partial<GridOrder> = {},
): Promise<Readonly<Record<string, string>>> => {
  const carrier = throughQueue(queue, { ...order, ...more }, { stopped: () => false, every: 50, onWord: () => {} });
  const ends: Record<string, string> = {};
  for await (const word of carrier(ids.map(cellNamed)))
    if (word.kind === "ended") ends[word.cell.id] = word.outcome.kind === "done" ? "done" : word.outcome.why;
  return ends;
};

describe("a queue", withRedis, () => {
  it("gives cells of a lower number first, and none that is done again", async () => {
    const queue = await queued();
    await queue.put(["late1", "late2"].map(cellNamed), { ...order, priority: 200 });
    await queue.put([cellNamed("soon")], { ...order, priority: 50 });
    // Asked for once more, and sooner.
    await queue.put([cellNamed("late2")], { ...order, priority: 60 });
    const begun: string[] = [];
    const own = await worker((job) => {
      begun.push(job.cell.id);
      return at(well);
    });
    await until(() => own.words.filter(({ kind }) => kind === "done").length === 3);
    expect(begun).toEqual(["soon", "late2", "late1"]);
    expect(await carried(queue, ["late1", "late2", "soon"])).toEqual({ late1: "done", late2: "done", soon: "done" });
    expect(begun).toHaveLength(3);
  });

  it("has a cell that fails tried again as often as it may, one that cannot be once, and both when they are asked for again", async () => {
    const queue = await queued();
    const begun: string[] = [];
    const own = await worker(({ cell: { id } }) => {
      begun.push(id);
      if (id === "never") return at({ kind: "failed", fault: sentFault(misused("no such loss", { where: "{loss} x" })) });
      return at(
        id === "ill" && begun.filter((one) => one === id).length < 3 ? { kind: "failed", fault: sentFault(failed("no memory")) } : well,
      );
    });
    expect(await carried(queue, ["ill", "never"], { retries: 1 })).toEqual({
      ill: "no memory (tried 2 times)",
      never: "loss x: no such loss",
    });
    expect([...begun].sort()).toEqual(["ill", "ill", "never"]);
    expect(await carried(queue, ["ill"])).toEqual({ ill: "done" });
    expect(own.words.flatMap((word) => (word.kind === "failed" && word.job.cell.id === "ill" ? [word.again] : []))).toEqual([true, false]);
  });

  it("ends what is cancelled, waiting or being trained, and takes it up again when it is asked for", async () => {
    const queue = await queued();
    const long = open();
    let times = 0;
    await worker(() => (times++ === 0 ? long.training : at(well)));
    const ends = carried(queue, ["long", "behind"]);
    await until(async () => (await queue.look(["long"])).get("long")?.kind === "running");
    expect(await queue.cancel(["long", "behind", "unheard"])).toBe(2);
    expect(await ends).toEqual({ long: "it was cancelled", behind: "it was cancelled" });
    await until(() => long.asked.includes("stop"));
    // Asked for in the moment of its end it may come back as cancelled once more.
    await until(async () => (await queue.look(["long"])).get("long")?.kind === "ended");
    expect(await carried(queue, ["long", "behind"])).toEqual({ long: "done", behind: "done" });
  });

  it("gets back what a worker of another version, or with other data, refuses, and what one has that is stopped", async () => {
    const queue = await queued();
    await queue.put([cellNamed("picky")], order);
    const other = await worker(() => expect.fail("trains a cell of another version"), { version: "2" });
    expect((await other.serving.ended)?.message).toMatch(/this is version 2, and the grid in the queue is of version 1/);
    const elsewhere = await worker(() => at({ kind: "refused", fault: sentFault(failed("other data")) }));
    expect((await elsewhere.serving.ended)?.message).toBe("other data");
    const long = open();
    const leaving = await worker(() => long.training);
    await until(async () => (await queue.look(["picky"])).get("picky")?.kind === "running");
    leaving.serving.stop();
    expect(await leaving.serving.ended).toBeUndefined();
    expect((await queue.look(["picky"])).get("picky")).toEqual({ kind: "waiting" });
    expect(leaving.words.map(({ kind }) => kind)).toEqual(["began", "given back"]);
    await worker(() => at(well));
    expect(await carried(queue, ["picky"])).toEqual({ picky: "done" });
  });

  it("that goes away is waited for: leases that run out meanwhile stop their cells, and all goes on when it is back", async () => {
    const queue = await queued();
    const first = open();
    let times = 0;
    const own = await worker(() => (times++ === 0 ? first.training : at(well)));
    const ends = carried(queue, ["patient", "next"]);
    await until(async () => (await queue.look(["patient"])).get("patient")?.kind === "running");
    await server?.kill();
    await until(() => first.asked.length > 0);
    expect(first.asked[0]).toBe("stop");
    await server?.start();
    expect(await ends).toEqual({ patient: "done", next: "done" });
    expect(times).toBe(3);
    expect(own.link).toEqual([expect.stringMatching(/lost: waiting until it is back/), expect.stringMatching(/is back$/)]);
  });
});

const bits = (out: string, ids: readonly string[]) => ids.map((id) => right(loadCheckpoint(cellFolder(out, { id }))).tensors);

describe("a grid", () => {
  const alone = join(folder, "alone");
  let ids: readonly string[] = [];
  const reproduce = (out: string, ...args: readonly string[]) => mdr("reproduce", recipe, "--data", data, "--out", out, ...args);

  beforeAll(async () => {
    expect((await reproduce(alone)).code).toBe(0);
    ids = JSON.parse((await reproduce(alone, "--dry-run", "--json")).printed).map(({ id }: Cell) => id);
    expect(ids).toHaveLength(6);
  });

  it("on two workers, one of them killed, has every cell once, with the bits that it has alone", withRedis, async () => {
    const out = join(folder, "shared");
    const logs: string[] = [];
    const started = (name: string): ChildProcess => {
      const flags = ["worker", "--queue", address(), "--out", out, "--name", name, "--lease", "2"];
      const child = spawn(process.execPath, [bin, ...flags], { stdio: ["ignore", "ignore", "pipe"] });
      child.stderr?.setEncoding("utf8").on("data", (text: string) => logs.push(text));
      closers.push(() => child.kill("SIGKILL"));
      return child;
    };
    const [first] = ["first", "second"].map(started);
    const killed = until(() => /: begins/.test(logs.join(""))).then(() => first?.kill("SIGKILL"));
    const { code, printed, said } = await reproduce(out, "--queue", address(), "--watch", "--json");
    await killed;
    expect(code, said + logs.join("")).toBe(0);
    const lines = printed
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(
      lines
        .filter(({ kind }) => kind === "ended")
        .map(({ cell }) => cell.id)
        .sort(),
    ).toEqual([...ids].sort());
    expect(bits(out, ids)).toEqual(bits(alone, ids));
    // By whichever machine, and none again.
    expect((await reproduce(out, "--queue", address(), "--json")).printed.trim().split("\n")).toHaveLength(1);
  });

  it("as a script of Slurm's has each task train its cell, and none again", async () => {
    const out = join(folder, "array");
    const script = join(folder, "toy.sh");
    expect((await reproduce(out, "--seeds", "1", "--slurm", script)).printed).toMatch(/toy\.sh: 2 cells; `sbatch /);
    for (const task of ["0", "1"]) {
      const ran = spawnSync("bash", [script], { encoding: "utf8", env: { ...process.env, SLURM_ARRAY_TASK_ID: task } });
      expect(ran.status, ran.stderr).toBe(0);
    }
    const two = ids.slice(0, 2);
    const times = () => two.map((id) => statSync(join(cellFolder(out, { id }), "results.json")).mtimeMs);
    const before = times();
    expect(bits(out, two)).toEqual(bits(alone, two));
    expect(existsSync(join(out, "toy.md"))).toBe(false);
    expect((await reproduce(out, "--seeds", "1", "--cell", two[0] ?? "")).said).toMatch(/Triplet, seed 1: recall@1/);
    expect((await reproduce(out, "--seeds", "1")).code).toBe(0);
    expect(times()).toEqual(before);
    expect(readFileSync(join(out, "toy.md"), "utf8")).toMatch(/\| Triplet \| \d.*\| 1 of 1 \|/);
    const done = await reproduce(out, "--seeds", "1", "--slurm", script);
    expect([done.code, done.said]).toEqual([1, expect.stringMatching(/all cells of the grid are done: leave --slurm out/)]);
    const unheard = await reproduce(out, "--cell", "0123456789abcdef");
    expect([unheard.code, unheard.said]).toEqual([2, expect.stringMatching(/--cell 0123456789abcdef: is no cell of this grid/)]);
  });

  it("is refused by a worker whose data are others, both fingerprints named, and by none that has what is done", async () => {
    const section = JSON.parse(readFileSync(join(alone, "toy.json"), "utf8")).sections[0];
    const [cell] = JSON.parse((await reproduce(alone, "--dry-run", "--json")).printed) as [Cell];
    const job = { recipe: "toy", cell, fingerprint: section.fingerprint, version: "1", generated: false, cancelled: false };
    const told = { stopped: () => false, onShare: () => expect.fail("trains it again") };
    const other = join(folder, "fish");
    right(await makeDataset({ seed: 4, classes: 6, imagesPerClass: 4, size: 20 }, other)());
    const ordered = (out: string, places: object) =>
      trainOrder({ kind: "train", job, out, places: { engine: "reference", ...places } }, told);
    expect(await ordered(alone, {})).toMatchObject({ kind: "done", outcome: { engine: section.cells[0].outcome.engine } });
    const refused = await ordered(join(folder, "none"), { data: other });
    expect(refused).toMatchObject({ kind: "refused", fault: { where: other, remedy: expect.stringContaining("{data}") } });
    expect(JSON.stringify(refused)).toMatch(
      new RegExp(`their fingerprint is [0-9a-f]{16}\\.\\., and the grid's ${section.fingerprint.slice(0, 16)}\\.\\.`),
    );
    expect(await ordered(join(folder, "none"), { data: join(folder, "nowhere") })).toMatchObject({ kind: "refused" });
    const weighed = { ...job, cell: { ...cell, settings: { ...cell.settings, weights: recipe } } };
    expect(await trainOrder({ kind: "train", job: weighed, out: alone, places: {} }, told)).toMatchObject({
      kind: "refused",
      fault: { what: "the weights here are others than the grid's", where: recipe },
    });
  });

  it("asks for a queue that can be, in words", async () => {
    const out = join(folder, "wrong");
    const wrong = async (...args: readonly string[]) => {
      const { code, said } = await mdr(...args);
      return `${code} ${said
        .split("\n")
        .filter((line) => line.startsWith("mdr:"))
        .join(" ")}`;
    };
    expect(await wrong("worker")).toBe("2 mdr: say which queue: --queue redis://HOST");
    expect(await wrong("worker", "--queue", "redis://h", "--slots", "0")).toBe("2 mdr: --slots 0: use a whole number from 1 to 256");
    expect(await wrong("worker", "--queue", "nonsense")).toMatch(/^2 mdr: --queue nonsense: is no address of a Redis server/);
    expect(await wrong("reproduce", recipe, "--data", data, "--out", out, "--queue", "redis://h", "--priority", "0")).toMatch(
      /--priority 0: use a whole number from 1 to 2000000/,
    );
    expect(await wrong("reproduce", recipe, "--data", data, "--out", out, "--cancel")).toBe(
      "2 mdr: --cancel: say which queue the cells are in: --queue redis://HOST",
    );
  });
});
