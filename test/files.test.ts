/** Files at the edge: the walk over pictures, records of several versions, small changes, whole writes. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { scanImageTree } from "../src/datasets/index.js";
import {
  appendLine,
  makeFolder,
  missed,
  parseRecord,
  type RecordKind,
  readRecord,
  recordText,
  removeFile,
  type Walked,
  walkPictures,
  writeWhole,
} from "../src/files/index.js";
import { unless } from "./missing.js";

const posix = unless(process.platform === "win32" ? "Windows has no such links and pipes" : "");

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mdr-files-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const right = <L, A>(either: E.Either<L, A>): A => {
  if (E.isLeft(either)) throw new Error(JSON.stringify(either.left));
  return either.right;
};

const messageOf = <A>(either: E.Either<{ readonly message: string }, A>): string => (E.isLeft(either) ? either.left.message : "no error");

const put = (path: string): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), "x");
};

const walked = (): Walked => right(walkPictures(folder));

describe("the walk over pictures", () => {
  it("takes every ending that is read, whatever its case, folder by folder in code-unit order", () => {
    for (const name of ["b.JPG", "a/z.jpeg", "a/y.jfif", "a-b/1.jpe", "a/deep/q.Png", "Z.png", "ä.jpg"]) put(name);
    expect(walked().pictures).toEqual(["Z.png", "a/deep/q.Png", "a/y.jfif", "a/z.jpeg", "a-b/1.jpe", "b.JPG", "ä.jpg"]);
    expect(walked().folders).toEqual(["a", "a/deep", "a-b"]);
  });

  it("leaves out hidden entries and the folders of systems, wherever they are", () => {
    for (const name of [
      "@eaDir/a.jpg/THUMB.jpg",
      "#recycle/gone.jpg",
      "__MACOSX/a.jpg",
      ".Trash-1000/a.jpg",
      "$RECYCLE.BIN/a.jpg",
      "a/.b.jpg",
    ])
      put(name);
    for (const name of ["a/@eaDir/t.jpg", "Thumbs.db", "a/Thumbs.db", "a/1.jpg"]) put(name);
    expect(walked()).toEqual({ pictures: ["a/1.jpg"], folders: ["a"], passedOver: [] });
  });

  it("names pictures of other formats, and strays apart from them", () => {
    for (const name of ["a.webp", "b.HEIC", "notes.txt", "c.jpg"]) put(name);
    const { passedOver, pictures } = walked();
    expect(pictures).toEqual(["c.jpg"]);
    expect(passedOver.map(({ path, kind }) => [path, kind])).toEqual([
      ["a.webp", "format"],
      ["b.HEIC", "format"],
      ["notes.txt", "stray"],
    ]);
    expect(
      missed(passedOver)
        .map(({ path, why }) => `${path}: ${why}`)
        .join(),
    ).toMatch(/a\.webp: only .*\.png are read,b\.HEIC/);
  });

  it("follows links to files and folders, and no circle; names links that lead nowhere", posix, () => {
    put("real/1.jpg");
    put("real/2.jpg");
    symlinkSync(join(folder, "real"), join(folder, "linked"));
    symlinkSync(join(folder, "real", "1.jpg"), join(folder, "one.jpg"));
    symlinkSync(join(folder, "nowhere"), join(folder, "broken.jpg"));
    symlinkSync(folder, join(folder, "real", "up"));
    const { pictures, passedOver } = walked();
    expect(pictures).toEqual(["linked/1.jpg", "linked/2.jpg", "one.jpg", "real/1.jpg", "real/2.jpg"]);
    expect(passedOver).toEqual([
      { path: "broken.jpg", kind: "unusable", why: "a link that leads nowhere" },
      { path: "linked/up", kind: "unusable", why: "a link to a folder that it is in" },
      { path: "real/up", kind: "unusable", why: "a link to a folder that it is in" },
    ]);
  });

  it("never opens what is no ordinary file", posix, () => {
    put("a.jpg");
    expect(spawnSync("mkfifo", [join(folder, "pipe.jpg")]).status).toBe(0);
    expect(walked()).toMatchObject({ pictures: ["a.jpg"], passedOver: [{ path: "pipe.jpg", kind: "unusable", why: "a FIFO, no file" }] });
  });

  it("says what a root is that is no folder, in one line", () => {
    put("file");
    expect(messageOf(walkPictures(join(folder, "nowhere")))).toMatch(/nowhere: cannot be read: no such file or folder/);
    expect(messageOf(walkPictures(join(folder, "file")))).toMatch(/file: cannot be read/);
  });

  it("is the one that class folders take: links count as classes, deeper pictures and loose ones are named", () => {
    for (const name of ["a/1.jpg", "a/deep/2.jpg", "b/1.jfif", "loose.jpg", "__MACOSX/x.jpg", "b/w.webp"]) put(name);
    symlinkSync(join(folder, "a"), join(folder, "c"));
    const { classes, leftOut } = right(scanImageTree(folder));
    expect(classes).toEqual([
      { name: "a", files: ["a/1.jpg"] },
      { name: "b", files: ["b/1.jfif"] },
      { name: "c", files: ["c/1.jpg"] },
    ]);
    const told = leftOut.map(({ path, why }) => `${path}: ${why}`);
    expect(told).toEqual([
      "b/w.webp: only .jpg, .jpeg, .jpe, .jfif or .png are read",
      "loose.jpg: in no class's folder",
      "a/deep/2.jpg: deeper than its class's folder",
      "c/deep/2.jpg: deeper than its class's folder",
    ]);
  });
});

describe("records of several versions", () => {
  const kind: RecordKind<{ readonly name: string; readonly count: number }> = {
    name: "a record of the test",
    schema: z.object({ name: z.string(), count: z.number() }),
    migrations: [({ title, ...rest }) => ({ ...rest, name: title }), (older) => ({ ...older, count: 1 })],
    sealedFrom: 3,
  };
  const parsed = (value: unknown) => parseRecord("my.json", JSON.stringify(value), kind);

  it("are brought up to date from every version, and read as written", () => {
    expect(parsed({ title: "old" })).toEqual(E.right({ name: "old", count: 1 }));
    expect(right(parsed({ version: 1, name: "middle" }))).toEqual({ name: "middle", count: 1 });
    expect(right(parseRecord("my.json", recordText({ name: "new", count: 3 }, kind), kind))).toEqual({ name: "new", count: 3 });
  });

  it("are refused in one line that names the file: newer than the program, no version, no record, no JSON", () => {
    expect(messageOf(parsed({ version: 3 }))).toMatch(/^my\.json: .*version 3.*up to 2: use a newer one/);
    expect(messageOf(parsed({ version: "x" }))).toMatch(/^my\.json: its version is "x"/);
    expect(messageOf(parsed({ version: 2, name: 5, count: 1 }))).toMatch(/^my\.json: is not a record of the test: "name"/);
    expect(messageOf(parsed([1]))).toMatch(/^my\.json: .*no object/);
    expect(messageOf(parseRecord("my.json", "{", kind))).toMatch(/^my\.json: is not JSON/);
    expect(messageOf(parseRecord("my.json", '{"version":0}', { ...kind, migrations: [() => JSON.parse("{")] }))).toMatch(/no whole record/);
    expect(messageOf(readRecord(join(folder, "none.json"), kind))).toMatch(/none\.json: cannot be read/);
  });

  it("are sealed: no byte of them can change unseen, and where a version has seals none may be missing", () => {
    const sealedKind = { ...kind, sealedFrom: 2 };
    const text = recordText({ name: "sealed", count: 3 }, sealedKind);
    const read = (changed: string) => parseRecord("my.json", changed, sealedKind);
    expect(right(read(text))).toEqual({ name: "sealed", count: 3 });
    for (let at = 0; at < text.length; at++)
      for (const other of ["0", "1", " ", "x"])
        if (text[at] !== other) expect(E.isLeft(read(`${text.slice(0, at)}${other}${text.slice(at + 1)}`)), `${at} ${other}`).toBe(true);
    expect(messageOf(read(text.replace('"count": 3', '"count": 4')))).toMatch(/^my\.json: is damaged, or was changed by hand/);
    expect(messageOf(read(text.replace(/.*"seal".*\n/, "")))).toMatch(/is damaged/);
    expect(right(read('{"version":1,"name":"before seals"}')).count).toBe(1);
  });

  it("may begin with a byte-order mark", () => {
    writeFileSync(join(folder, "bom.json"), `\uFEFF${recordText({ name: "bom", count: 2 }, kind)}`);
    expect(right(readRecord(join(folder, "bom.json"), kind)).name).toBe("bom");
  });
});

describe("changes", () => {
  it("are made, or say in words why they are not", () => {
    right(makeFolder(join(folder, "a", "b")));
    right(makeFolder(join(folder, "a", "b")));
    right(appendLine(join(folder, "log"), "one"));
    right(appendLine(join(folder, "log"), "two"));
    expect(readFileSync(join(folder, "log"), "utf8")).toBe("one\ntwo\n");
    right(removeFile(join(folder, "log")));
    right(removeFile(join(folder, "log")));
    expect(readdirSync(folder)).toEqual(["a"]);
    put("file");
    expect(messageOf(makeFolder(join(folder, "file", "below")))).toMatch(/below: cannot be made: .*is a file, not a folder/);
    expect(messageOf(appendLine(join(folder, "file", "log"), "x"))).toMatch(/log: cannot be written/);
    expect(messageOf(removeFile(join(folder, "a")))).toMatch(/a: cannot be removed/);
  });
});

describe("whole files", () => {
  it("leave nothing behind on a full disk, and keep what was there", () => {
    const path = join(folder, "deep", "file");
    right(writeWhole(path, [Buffer.from("old")]));
    let appended = 0;
    const full = writeWhole(path, [Buffer.from("new"), Buffer.from("er")], {
      append: () => {
        appended += 1;
        if (appended === 2) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
      },
    });
    expect(messageOf(full)).toMatch(/deep.file: cannot be written: the disk is full/);
    expect(readFileSync(path, "utf8")).toBe("old");
    expect(readdirSync(dirname(path))).toEqual(["file"]);
  });
});
