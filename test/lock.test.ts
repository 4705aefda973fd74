/** The lock of a run's folder: one process's at a time, and no dead one's. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { afterAll, describe, expect, it } from "vitest";
import { heldBy, recordText, takeLock } from "../src/files/index.js";

const folder = mkdtempSync(join(tmpdir(), "mdr-lock-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const right = <L, A>(either: E.Either<L, A>): A => {
  if (E.isRight(either)) return either.right;
  return expect.fail(JSON.stringify(either.left));
};

const messageOf = <A>(either: E.Either<{ readonly message: string }, A>): string => (E.isLeft(either) ? either.left.message : "no error");

describe("a lock", () => {
  const path = join(folder, "locked", "run.lock");

  it("is one process's until it is given back", () => {
    const lock = right(takeLock(path));
    expect(messageOf(takeLock(path))).toMatch(/locked: another run writes there: process \d+ on .*, since .*: wait until/);
    expect(heldBy(path)).toBeDefined();
    lock.release();
    expect(heldBy(path)).toBeUndefined();
    right(takeLock(path)).release();
    expect(readdirSync(join(folder, "locked"))).toEqual([]);
  });

  it("is not held by a process that is gone, by one of the same number that began later, or by half a file", () => {
    const lock = right(takeLock(path));
    const text = readFileSync(path, "utf8");
    lock.release();
    const gone = spawnSync(process.execPath, ["-e", ""]).pid;
    const kind = { migrations: [] };
    const { version: _, seal: __, ...own } = JSON.parse(text) as Record<string, unknown>;
    for (const left of [
      { ...own, process: gone },
      { ...own, start: "another start" },
    ]) {
      writeFileSync(path, recordText(left, kind));
      right(takeLock(path)).release();
    }
    writeFileSync(path, text.slice(0, 20));
    right(takeLock(path)).release();
    writeFileSync(path, recordText({ ...own, host: "elsewhere", process: gone }, kind));
    expect(messageOf(takeLock(path))).toMatch(/on elsewhere.*remove .*run\.lock/);
    rmSync(path);
  });

  it("is taken by one of many processes that ask at once", async () => {
    const script = `import { takeLock } from ${JSON.stringify(new URL("../dist/files/index.js", import.meta.url).href)};
      const taken = takeLock(${JSON.stringify(path)});
      process.stdout.write(taken._tag === "Right" ? "taken" : "refused");
      setTimeout(() => {}, 1500);`;
    writeFileSync(path, "left by a crash");
    const asking = Array.from({ length: 6 }, () => spawn(process.execPath, ["--input-type=module", "-e", script]));
    const answers = await Promise.all(
      asking.map(({ stdout }) => new Promise<string>((resolve) => stdout.once("data", (text) => resolve(String(text))))),
    );
    expect(answers.filter((answer) => answer === "taken")).toHaveLength(1);
    for (const one of asking) one.kill("SIGKILL");
    await Promise.all(asking.map((one) => (one.exitCode === null && one.signalCode === null ? once(one, "exit") : undefined)));
    right(takeLock(path)).release();
  }, 30_000);
});
