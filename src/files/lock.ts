/**
 * A lock: a file that says which process writes in a folder. A process that is gone holds nothing: its lock is taken over at once,
 * so that a killed run can be resumed without waiting.
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { z } from "zod";
import { codeOf, type Fault, failed, inWords } from "../faults/index.js";
import { makeFolder } from "./change.js";
import { parseRecord, type RecordKind, recordText } from "./versions.js";

const holderSchema = z.object({
  process: z.int().positive(),
  host: z.string(),
  /** Of this start of the machine and this process: numbers of processes come again. Empty where the system does not tell. */
  start: z.string(),
  since: z.string(),
});

type Holder = Readonly<z.infer<typeof holderSchema>>;

const holderKind: RecordKind<Holder> = { name: "a lock", schema: holderSchema, migrations: [] };

/** A folder that is one's own for a while. */
export interface Lock {
  /** Gives it back; nothing where it is another's by now. */
  readonly release: () => void;
}

const textOf = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
};

/** Field 22 of /proc/N/stat is when the process began; the name before it, in brackets, may hold anything. */
const startOf = (process: number): string => {
  const boot = textOf("/proc/sys/kernel/random/boot_id").trim();
  const began = textOf(`/proc/${process}/stat`).split(") ").at(-1)?.split(" ")[19] ?? "";
  return began === "" ? "" : `${boot} ${began}`;
};

const isAlive = (process: number): boolean => {
  try {
    globalThis.process.kill(process, 0);
    return true;
  } catch (thrown) {
    return codeOf(thrown) !== "ESRCH";
  }
};

const own = (): Holder => ({ process: process.pid, host: hostname(), start: startOf(process.pid), since: new Date().toISOString() });

/** Of another machine nothing is known: its processes count as alive. */
const isGone = ({ process, host, start }: Holder): boolean =>
  host === hostname() && (!isAlive(process) || (start !== "" && startOf(process) !== "" && startOf(process) !== start));

/** Who holds the lock at this path now; undefined where nobody does. A lock that cannot be read was left by a crash. */
const holderOf = (path: string): Holder | undefined => {
  const holder = parseRecord(path, textOf(path), holderKind);
  return E.isLeft(holder) || isGone(holder.right) ? undefined : holder.right;
};

const held = (path: string, { process, host, since }: Holder): Fault =>
  failed(`another run writes there: process ${process} on ${host}, since ${since}`, {
    where: dirname(path),
    remedy:
      host === hostname()
        ? "wait until it has ended, or choose another {out}"
        : `wait until it has ended, or choose another {out}; if that machine no longer trains there, remove ${path}`,
  });

/** Why the lock at this path cannot be taken now; undefined where it can. */
export const heldBy = (path: string): Fault | undefined => {
  const holder = holderOf(path);
  return holder === undefined ? undefined : held(path, holder);
};

/** Takes away the lock of a process of another machine, for whoever knows by other means that it writes there no more. */
export const dropForeignLock = (path: string): void => {
  const text = textOf(path);
  const holder = parseRecord(path, text, holderKind);
  if (E.isRight(holder) && holder.right.host !== hostname()) clear(path, text);
};

/** Where file systems have no links, the file is made and then written: for a moment it looks like a crash's. */
const made = (path: string, text: string, aside: string): void => {
  writeFileSync(aside, text);
  try {
    linkSync(aside, path);
  } catch (thrown) {
    if (codeOf(thrown) === "EEXIST") throw thrown;
    writeFileSync(path, text, { flag: "wx" });
  }
};

/** True when the file is ours now, false when there is one already. */
const written = (path: string, text: string): E.Either<Fault, boolean> => {
  const aside = `${path}.${process.pid}`;
  try {
    made(path, text, aside);
    return E.right(true);
  } catch (thrown) {
    return codeOf(thrown) === "EEXIST"
      ? E.right(false)
      : E.left(failed(`cannot be written: ${inWords(thrown, "writing")}`, { where: path }));
  } finally {
    rmSync(aside, { force: true });
  }
};

/** Removes a lock whose holder is gone, but not one that another process has put there in the meantime. */
const clear = (path: string, stale: string): void => {
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
    if (textOf(aside) !== stale) linkSync(aside, path);
  } catch {
    // Another process was faster: who holds it now is seen on the next look.
  }
  rmSync(aside, { force: true });
};

/** Takes the lock at this path, whose folder is made where it is missing. Left: who holds it, or why it cannot be written. */
export const takeLock = (path: string): E.Either<Fault, Lock> => {
  const text = recordText(own(), holderKind);
  const attempt = (tries: number): E.Either<Fault, Lock> =>
    pipe(
      written(path, text),
      E.chain((ours): E.Either<Fault, Lock> => {
        if (ours)
          return E.right({
            release: () => {
              if (textOf(path) === text) rmSync(path, { force: true });
            },
          });
        const stale = textOf(path);
        const other = heldBy(path);
        if (other !== undefined) return E.left(other);
        if (tries === 0) return E.left(failed("cannot be taken: other processes take it at the same time", { where: path }));
        clear(path, stale);
        return attempt(tries - 1);
      }),
    );
  return pipe(
    makeFolder(dirname(path)),
    E.chain(() => attempt(5)),
  );
};
