/** `mdr index` onto a disk that is full, and one that cannot be written: both are named, and the index of before answers. */
import { spawnSync } from "node:child_process";
import { cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Tried {
  readonly what: string;
  readonly said: string;
  readonly isRight: boolean;
}

interface Ground {
  /** An empty folder, where a small disk is put. */
  readonly folder: string;
  readonly bin: string;
  readonly indexing: (place: string) => readonly string[];
  readonly show: (state: string) => void;
  readonly states: readonly [string, string];
  readonly expected: readonly string[];
  readonly contentOf: (place: string) => string;
}

/** Enough for an index of few pictures, which is a database of PostgreSQL above all. */
const mebibytes = 160;

export const fullDisk = ({ folder, bin, indexing, show, states, expected, contentOf }: Ground): readonly Tried[] => {
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${mebibytes}m`, "tmpfs", folder], { encoding: "utf8" });
  if (mounted.status !== 0)
    return [{ what: "a full disk and one that cannot be written", said: "not tried: no small disk can be made here", isRight: true }];
  const place = join(folder, "photos.db");
  const index = (): { readonly code: number | null; readonly said: string } => {
    const { status, stderr } = spawnSync(process.execPath, [bin, ...indexing(place)], { encoding: "utf8" });
    return { code: status, said: stderr.split("\n").find((line) => line.startsWith("mdr:")) ?? "" };
  };
  /** Refused by name, with the index as it was, which answers. */
  const refused = (what: string, named: RegExp): Tried => {
    const { code, said } = index();
    const answered = spawnSync(process.execPath, [bin, "search", place, join(states[0], firstOf(expected[0])), "--json"]).status === 0;
    const isRight = code === 1 && named.test(said) && contentOf(place) === expected[0] && answered;
    return { what, said: isRight ? said : `WRONG: exit ${code}, ${answered ? "answers" : "no answer"}: ${said}`, isRight };
  };
  try {
    show(states[0]);
    if (index().code !== 0) return [{ what: "a small disk", said: "WRONG: even a small index does not fit", isRight: false }];
    const kept = join(folder, "..", "kept.db");
    cpSync(place, kept, { recursive: true });
    show(states[1]);
    const filler = join(folder, "filler");
    try {
      writeFileSync(filler, new Uint8Array(mebibytes * 2 ** 20));
    } catch {
      // Full, as it is to be.
    }
    const full = refused("a full disk", /disk is full|no space/i);
    rmSync(filler, { force: true });
    const after = index();
    const goesOn: Tried = {
      what: "the same with space again",
      said:
        after.code === 0 && contentOf(place) === expected[1]
          ? "the index of an undisturbed one"
          : `WRONG: exit ${after.code}: ${after.said}`,
      isRight: after.code === 0 && contentOf(place) === expected[1],
    };
    rmSync(place, { recursive: true });
    cpSync(kept, place, { recursive: true });
    spawnSync("mount", ["-o", "remount,ro", folder]);
    return [full, goesOn, refused("a disk that cannot be written", /cannot be written|read-only/i)];
  } finally {
    spawnSync("umount", [folder]);
  }
};

/** The first file of a gallery's text. */
const firstOf = (content = ""): string => (JSON.parse(content) as readonly [readonly string[]])[0][0] ?? "";
