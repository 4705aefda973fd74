/** What a queue's parts do without a server: addresses, leases, the carrier over a queue that is played, children, tables and scripts. */
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { afterAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { screen } from "../src/cli/screen.js";
import { arrayScript } from "../src/cli/slurm.js";
import { tableLines } from "../src/cli/view.js";
import { type Carried, type Cell, type Outcome, schedule, watchedAfter, watchedRows } from "../src/experiments/index.js";
import { heldBy, recordText, takeLock } from "../src/files/index.js";
import {
  addressOf,
  type CellQueue,
  connect,
  freed,
  type GridOrder,
  loadPackages,
  type Order,
  type Program,
  retryAfter,
  type Seen,
  throughQueue,
  trainInChild,
  verdictOf,
} from "../src/queue/index.js";

const folder = mkdtempSync(join(tmpdir(), "mdr-carrier-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const left = <A>(either: E.Either<{ readonly message: string }, A>): string => {
  if (E.isLeft(either)) return either.left.message;
  return expect.fail("went well");
};

const right = <L, A>(either: E.Either<L, A>): A => {
  if (E.isRight(either)) return either.right;
  return expect.fail(JSON.stringify(either.left));
};

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

const cellNamed = (id: string, more: Partial<Cell> = {}): Cell => ({
  id,
  row: id,
  seed: 1,
  settings: { batch: 4, imageSize: 10, epochs: 1, iterations: 1 },
  ...more,
});

describe("an address", () => {
  it("is a Redis server's, and is shown without its password", () => {
    expect(right(addressOf("redis://localhost"))).toEqual({
      host: "localhost",
      port: 6379,
      database: 0,
      username: undefined,
      password: undefined,
      encrypted: false,
      shown: "localhost:6379",
    });
    expect(right(addressOf("rediss://me:p%40ss@[::1]:7000/3"))).toMatchObject({
      host: "::1",
      port: 7000,
      database: 3,
      username: "me",
      password: "p@ss",
      encrypted: true,
      shown: "[::1]:7000",
    });
    expect(right(addressOf("redis://host", "from outside")).password).toBe("from outside");
    expect(right(addressOf("redis://:own@host", "from outside")).password).toBe("own");
    for (const text of [
      "host",
      "host:6379",
      "http://host",
      "redis://",
      "redis://host/a",
      "redis://:secret@host/b",
      "postgres://:secret@h",
    ]) {
      expect(left(addressOf(text)), text).toMatch(/is no address of a Redis server: use redis:\/\/HOST/);
      expect(left(addressOf(text))).not.toContain("secret");
    }
  });
});

describe("a connection", () => {
  /** A server that answers whatever is asked by the same. */
  const answering = async (answer: (asked: string) => string): Promise<{ readonly port: number; readonly close: () => void }> => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      // Several commands may come at once.
      socket
        .on("error", () => {})
        .on("data", (data) => {
          for (const command of data.toString().split(/(?=\*\d+\r\n)/)) socket.write(answer(command));
        });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    return {
      port: typeof address === "object" && address !== null ? address.port : 0,
      close: () => {
        for (const socket of sockets) socket.destroy();
        server.close();
      },
    };
  };

  const refusedBy = async (answer: (asked: string) => string): Promise<string> => {
    const { port, close } = await answering(answer);
    const connection = await connect(right(addressOf(`redis://127.0.0.1:${port}`)), () => {})();
    close();
    return left(connection);
  };

  const bulk = (text: string): string => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;

  it("to nothing, to something else, to a closed or an old server is refused at once, with what to do", async () => {
    const { port, close } = await answering(() => "");
    close();
    const nothing = left(await connect(right(addressOf(`redis://127.0.0.1:${port}`)), () => {})());
    expect(nothing).toMatch(new RegExp(`127\\.0\\.0\\.1:${port}: no Redis server answers \\(.*ECONNREFUSED.*start one there`));
    expect(await refusedBy(() => "HTTP/1.1 400 Bad Request\r\n\r\n")).toMatch(/what answers there is no Redis server/);
    expect(await refusedBy(() => "-NOAUTH Authentication required.\r\n")).toMatch(/wants a user and a password/);
    const info = (version: string) => (asked: string) => (/info/i.test(asked) ? bulk(`redis_version:${version}\r\n`) : "+OK\r\n");
    expect(await refusedBy(info("5.0.14"))).toMatch(/the Redis server is version 5\.0\.14: 6\.2 or later is needed/);
    expect(await refusedBy(info("6.1.9"))).toMatch(/6\.1\.9/);
  });

  it("needs its packages, which are named where they are missing", async () => {
    const missing = () => Promise.reject(new Error("Cannot find package 'bullmq'\nimported from here"));
    const packages = await loadPackages({ bullmq: missing, ioredis: () => import("ioredis") })();
    expect(left(packages)).toBe(
      "a queue needs two packages that are not both installed (Cannot find package 'bullmq'): `npm install bullmq ioredis`",
    );
  });

  it("is tried again soon at first, and every two seconds at last", () => {
    expect([1, 2, 50].map(retryAfter)).toEqual([100, 200, 2000]);
  });
});

describe("a lease", () => {
  it("that is not renewed has its cell saved, then ended, before it is another's", () => {
    expect([0, 0.3, 0.74, 0.76, 0.94, 0.96, 2].map((share) => verdictOf(1000 * share, 1000))).toEqual([
      "goes on",
      "goes on",
      "goes on",
      "stops",
      "stops",
      "is killed",
      "is killed",
    ]);
  });
});

describe("a cell's folder", () => {
  const lock = join(folder, "cell", "run.lock");

  it("is waited for while a process of this machine writes there, and no longer than asked", async () => {
    const own = right(takeLock(lock));
    expect(left(await freed(lock, 60)())).toMatch(/another run writes there/);
    setTimeout(own.release, 80);
    right(await freed(lock, 5000)());
  });

  it("is taken from a machine whose lease has run out", async () => {
    const holder = z.object({ process: z.int(), host: z.string(), start: z.string(), since: z.string() });
    const kind = { name: "a lock", schema: holder, migrations: [] };
    mkdirSync(dirname(lock), { recursive: true });
    writeFileSync(lock, recordText({ process: 1, host: "another", start: "", since: "yesterday" }, kind));
    expect(heldBy(lock)?.message).toContain("process 1 on another");
    right(await freed(lock, 0)());
    expect(existsSync(lock)).toBe(false);
  });
});

const order: GridOrder = { recipe: "toy", fingerprint: "f", version: "1", generated: false, priority: 100, retries: 2 };

/** A queue that shows what it is told to, one look after the other; the last one stays. */
const played = (looks: readonly Readonly<Record<string, Seen>>[], workers = 1) => {
  const puts: string[][] = [];
  let at = 0;
  const queue: CellQueue = {
    put: async (cells) => void puts.push(cells.map(({ id }) => id)),
    look: async (ids) => {
      const look = looks[Math.min(at++, looks.length - 1)] ?? {};
      return new Map(ids.map((id) => [id, look[id] ?? { kind: "waiting" }]));
    },
    cancel: async () => 0,
    workers: async () => workers,
    close: async () => {},
  };
  return { queue, puts };
};

const running = (share: number, more: Partial<Extract<Seen, { kind: "running" }>> = {}): Seen => ({
  kind: "running",
  share,
  from: 0,
  by: "w",
  ...more,
});
const ended = (recall: number): Seen => ({ kind: "ended", outcome: done(recall) });

describe("the carrier of a queue", () => {
  const heard = async (queue: CellQueue, ids: readonly string[], stopped = () => false) => {
    const words: string[] = [];
    const told: Carried[] = [];
    const carrier = throughQueue(queue, order, { stopped, every: 1, onWord: (word) => words.push(word) });
    for await (const word of carrier(ids.map((id) => cellNamed(id)))) told.push(word);
    return { words, told, kinds: told.map((word) => ("cell" in word ? `${word.kind} ${word.cell.id}` : word.kind)) };
  };

  it("puts all cells in and tells of each what changes, once", async () => {
    const { queue, puts } = played([
      { a: running(0.1) },
      { a: running(0.1) },
      { a: running(0.6), b: running(0, { by: "v" }) },
      { a: ended(0.5), b: running(0, { by: "w" }) },
      { b: ended(0.7) },
    ]);
    const { kinds, told, words } = await heard(queue, ["a", "b"]);
    expect(puts).toEqual([["a", "b"]]);
    // Another worker has begun with b.
    expect(kinds).toEqual(["began a", "progress a", "progress a", "began b", "progress b", "ended a", "began b", "progress b", "ended b"]);
    expect(told.at(-1)).toEqual({ kind: "ended", cell: cellNamed("b"), outcome: done(0.7) });
    expect(told.filter((word) => word.kind === "began").map((word) => ("by" in word ? word.by : ""))).toEqual(["w", "v", "w"]);
    expect(words).toEqual([]);
  });

  it("counts as trained now what is trained now: not what was before, nor what a lost worker had", async () => {
    const looks = [
      { a: running(0.5) },
      { a: running(0.75), b: running(0.4, { from: 0.25 }) },
      { a: running(0.2, { by: "v" }), b: running(0.5, { from: 0.25 }) },
      { a: ended(1), b: ended(1) },
    ];
    const { told } = await heard(played(looks).queue, ["a", "b"]);
    const shares = told.flatMap((word) => (word.kind === "progress" ? [[word.cell.id, word.share, word.from]] : []));
    expect(shares).toEqual([
      ["a", 0.5, 0.5],
      ["a", 0.75, 0.5],
      ["b", 0.4, 0.25],
      ["a", 0.2, 0.2],
      ["b", 0.5, 0.25],
    ]);
  });

  it("tells the time that is left over all cells, whoever trains them", async () => {
    const { queue } = played([
      { a: running(0), b: running(0) },
      { a: running(0.5), b: running(0.5) },
      { a: ended(1), b: ended(1) },
    ]);
    let clock = 0;
    const cells = ["a", "b"].map((id) => cellNamed(id));
    const carrier = throughQueue(queue, order, { stopped: () => false, every: 1, onWord: () => {} });
    const times: (number | undefined)[] = [];
    for await (const { standing } of schedule(
      cells,
      () => undefined,
      carrier,
      () => clock++ * 1000,
    ))
      times.push(standing.secondsLeft);
    expect(times[0]).toBeUndefined();
    expect(times.at(-1)).toBe(0);
    // Three quarters of both are left after one quarter of both.
    const quarter = times[5] ?? 0;
    expect(quarter).toBeGreaterThan(0);
    expect(times.filter((time) => time !== undefined && time > 0).length).toBeGreaterThan(0);
  });

  it("puts in again what a server forgot, says that nobody listens, and ends what was cancelled", async () => {
    const lost = played([
      { a: { kind: "absent" }, b: running(0) },
      { a: ended(1), b: { kind: "cancelled" } },
    ]);
    const { told, words } = await heard(lost.queue, ["a", "b"]);
    expect(lost.puts).toEqual([["a", "b"], ["a"]]);
    expect(words).toEqual(["1 cells are no longer in the queue: they are put there again"]);
    expect(told.at(-1)).toMatchObject({ kind: "ended", outcome: { kind: "failed", why: "it was cancelled" } });
    const alone = played([{}, {}, { a: ended(1) }], 0);
    expect((await heard(alone.queue, ["a"])).words).toEqual([expect.stringMatching(/^no worker listens: start `mdr worker`/)]);
  });

  it("stops when it is asked to, though the server is away", async () => {
    let asked = 0;
    const never = new Promise<never>(() => {});
    const away: CellQueue = { ...played([{}]).queue, look: () => never };
    const { told } = await heard(away, ["a"], () => ++asked > 3);
    expect(told).toEqual([{ kind: "stopped", fault: expect.objectContaining({ kind: "interrupted" }) }]);
  });
});

describe("a child", () => {
  const program = (name: string, text: string): Program => {
    const file = join(folder, `${name}.mjs`);
    writeFileSync(file, text);
    return { file, args: [] };
  };
  const job = { recipe: "toy", cell: cellNamed("a"), fingerprint: "f", version: "1", generated: false, cancelled: false };
  const sent: Order = { kind: "train", job, out: folder, places: {} };
  const start = (one: Program) => {
    const shares: number[] = [];
    const texts: string[] = [];
    return {
      shares,
      texts,
      training: trainInChild(
        one,
        sent,
        (share) => shares.push(share),
        (text) => texts.push(text),
      ),
    };
  };

  it("is told what to train, tells its share and hands in its outcome", async () => {
    const { shares, training } = start(
      program(
        "well",
        `process.once("message", (order) => {
           process.send({ kind: "share", share: 0.5, from: 0 });
           process.send({ kind: "done", outcome: ${JSON.stringify(done(0.25))} }, () => process.disconnect());
         });`,
      ),
    );
    expect(await training.reply).toEqual({ kind: "done", outcome: done(0.25) });
    expect(shares).toEqual([0.5]);
  });

  it("that dies fails with its last words; one that is killed for its lease is lost, and one that is asked to stop may save", async () => {
    const dying = start(program("dying", 'process.stderr.write("first\\nno memory\\n", () => process.kill(process.pid, "SIGKILL"));'));
    const stopping = start(
      program(
        "stopping",
        'process.on("message", ({ kind }) => kind === "stop" && process.send({ kind: "stopped" }, () => process.disconnect()));',
      ),
    );
    const endless = start(program("endless", "process.on('message', () => {});"));
    stopping.training.stop();
    endless.training.kill();
    expect(await dying.training.reply).toMatchObject({
      kind: "failed",
      fault: { what: "the process that trained it ended by SIGKILL (no memory)" },
    });
    expect(dying.texts.join("")).toBe("first\nno memory\n");
    expect(await stopping.training.reply).toEqual({ kind: "stopped" });
    expect(await endless.training.reply).toEqual({ kind: "lost" });
  });
});

describe("a table that fills", () => {
  const cells = [1, 2].flatMap((seed) => ["A", "B"].map((row) => cellNamed(`${row}${seed}`, { row, seed })));
  const [a1, b1, a2] = cells as [Cell, Cell, Cell, Cell];

  it("has a line a row: what is done, what failed, and who trains what", () => {
    const words: Carried[] = [
      { kind: "began", cell: a1, by: "w" },
      { kind: "progress", cell: a1, share: 0.456, from: 0 },
      { kind: "began", cell: b1 },
      { kind: "began", cell: a2, by: "v" },
      { kind: "ended", cell: a2, outcome: done(0.5) },
    ];
    const watched = words.reduce<ReadonlyMap<string, { share: number; by?: string }>>(watchedAfter, new Map());
    expect([...watched]).toEqual([
      ["A1", { share: 0.456, by: "w" }],
      ["B1", { share: 0 }],
    ]);
    const outcomes = new Map<string, Outcome>([
      ["A2", done(0.5)],
      ["B2", { kind: "failed", why: "no" }],
    ]);
    expect(watchedRows(cells, outcomes, watched)).toEqual([
      { name: "A", at: undefined, cells: 2, done: 1, failed: 0, underway: [{ share: 0.456, by: "w" }], recall: 0.5, deviation: undefined },
      { name: "B", at: undefined, cells: 2, done: 0, failed: 1, underway: [{ share: 0 }], recall: undefined, deviation: undefined },
    ]);
    const lines = tableLines({ name: "toy", cells }, { outcomes, cells: 4, share: 0.5, secondsLeft: 60 }, watched);
    expect(lines).toEqual([
      "row    done  failed  recall@1  in training",
      "A    1 of 2       0    50.0 %       45 % w",
      "B    0 of 2       1         -          0 %",
      "toy: 2 of 4 cells, 50.0 %, about 60 s left",
    ]);
    const both = new Map<string, Outcome>([
      ["A1", done(0.5)],
      ["A2", done(0.7)],
    ]);
    expect(tableLines({ name: "toy", cells }, { outcomes: both, cells: 4, share: 0.5, secondsLeft: 0 }, new Map())[1]).toContain(
      "60.0 % ± 14.1",
    );
  });

  it("is drawn over itself on a terminal, cut to its size, and below what is said; elsewhere it is printed when something ends", () => {
    const written: string[] = [];
    const spy = vi.spyOn(process.stderr, "write").mockImplementation((text) => written.push(String(text)) > 0);
    try {
      screen({ isTTY: false } as NodeJS.WriteStream).draw(["a"], false);
      expect(written).toEqual([]);
      screen({ isTTY: false } as NodeJS.WriteStream).draw(["a"], true);
      expect(written).toEqual(["a\n"]);
      written.length = 0;
      const terminal = {
        isTTY: true,
        columns: 8,
        rows: 4,
        write: (text: string) => written.push(text) > 0,
      } as unknown as NodeJS.WriteStream;
      const own = screen(terminal);
      own.draw(["1", "2", "3", "4"], true);
      own.draw(["never"], false);
      own.note("said");
      own.draw(["much too long a line"], true);
    } finally {
      spy.mockRestore();
    }
    const up = "\u001b[3A";
    const clear = "\u001b[0J";
    // The drawing that came too soon is in the next one.
    expect(written).toEqual(["1\n", "2\n", "... an…\n", up, clear, "said\n", "never\n", "\u001b[1A", clear, "much t…\n"]);
  });
});

describe("a script for Slurm", () => {
  it("has a task a cell, whose command gets that cell's name, whatever is in its words", () => {
    const said = join(folder, "said.mjs");
    writeFileSync(said, "console.log(JSON.stringify(process.argv.slice(2)));");
    const script = arrayScript({
      name: "mdr toy",
      folder,
      command: [process.execPath, said, "it's", "$HOME `x`", "--cell"],
      logs: join(folder, "logs"),
      cells: [cellNamed("aa", { row: "A\nrm -rf x" }), cellNamed("bb", { at: 3 })],
    });
    const file = join(folder, "array.sh");
    writeFileSync(file, script);
    expect(script).toContain("#SBATCH --array=0-1\n");
    expect(script).toContain("#SBATCH --job-name=mdr\\ toy\n");
    const task = (number: string) => {
      const { stdout, stderr } = spawnSync("bash", [file], { encoding: "utf8", env: { ...process.env, SLURM_ARRAY_TASK_ID: number } });
      return stdout === "" ? stderr : JSON.parse(stdout);
    };
    expect(task("0")).toEqual(["it's", "$HOME `x`", "--cell", "aa"]);
    expect(task("1")).toEqual(["it's", "$HOME `x`", "--cell", "bb"]);
    expect(task("2")).toMatch(/unbound variable/);
  });
});
