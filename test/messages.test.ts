/** Messages: they name what is there, say what to do, and nothing in them can reach a terminal raw or fill its screen. */
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { flagged, inFlags } from "../src/cli/finish.js";
import { remaining } from "../src/cli/output.js";
import { encodeJpeg } from "../src/datasets/index.js";
import { failed, inWords, listed, visible, visibleLines } from "../src/faults/index.js";
import { readSource } from "../tools/house.js";
import { sources } from "../tools/rooms.js";
import { mdrApart, mdrIn } from "./fixtures/commands.js";
import { unless } from "./missing.js";

const root = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "mdr-messages-"));

const mdr = mdrIn(folder);

const jpeg = (seed: number): Uint8Array =>
  encodeJpeg({ width: 20, height: 20, pixels: Uint8Array.from({ length: 1200 }, (_, at) => (at * 7 * (seed + 3) + seed * 31) % 256) }, 80);

/** A name that clears the screen, breaks the line and turns the direction of writing. */
const nasty = "a\u001b[2Jb\nmdr: all is well\u202egpj.jpg";
const shownNasty = "a\\u001b[2Jb\\nmdr: all is well\\u202egpj.jpg";
/** Characters that a terminal obeys; line feeds are told apart by each test. */
const obeyed = /(?!\n)\p{Cc}|\u202e/u;

beforeAll(async () => {
  for (const label of [0, 1, 2, 3]) {
    mkdirSync(join(folder, "data", `class${label}`), { recursive: true });
    for (const index of [0, 1, 2]) writeFileSync(join(folder, "data", `class${label}`, `${index}.jpg`), jpeg(label * 10 + index));
  }
  const network = ["--image-size", "16", "--width", "2", "--depth", "0", "--embedding", "3", "--engine", "reference"];
  const steps = ["--batch", "4", "--per-class", "2", "--epochs", "1", "--iterations", "1", "--decay-steps", "1", "--recall", "1"];
  const trained = await mdr("train", "--data", "data", "--out", "run", ...network, ...steps);
  expect(trained.code, trained.said).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("text of unknown origin", () => {
  it("is made visible, and stays a JSON text that says the same", () => {
    expect(visible(nasty)).toBe(shownNasty);
    expect(visible("\u009b\u007f\r\t\ud800.")).toBe("\\u009b\\u007f\\r\\t\\ud800.");
    expect(visible("Käfer 🪲 甲虫")).toBe("Käfer 🪲 甲虫");
    expect(visible(visible(nasty))).toBe(visible(nasty));
    const text = JSON.stringify({ file: `${nasty}\u009b\u007f` }, null, 2);
    expect(visibleLines(text)).not.toMatch(obeyed);
    expect(JSON.parse(visibleLines(text))).toEqual(JSON.parse(text));
  });

  it("stands on one line of a fault, apart from the fault's own list", () => {
    const { message, where } = failed(`cannot be used: ${nasty}${listed([nasty, "b"])}`, { where: nasty, remedy: nasty });
    expect(where).toBe(nasty);
    expect(message).not.toMatch(obeyed);
    expect(message.split("\n")).toEqual([`${shownNasty}: cannot be used: ${shownNasty}`, `  ${shownNasty}`, `  b: ${shownNasty}`]);
  });

  it("is cut in the middle where it is long, and lists after a few lines", () => {
    const long = `begin${"x".repeat(100_000)}end`;
    const { message } = failed(`${long}${listed(Array.from({ length: 1000 }, () => long))}`, { where: long, remedy: long });
    expect(message.length).toBeLessThan(25_000);
    expect(message.split("\n")).toHaveLength(22);
    expect(message).toContain("... and 980 more");
    expect(message).toMatch(/^beginx+ \.\.\. \(100008 characters\) \.\.\. x+end: begin/);
    expect(failed(Array.from({ length: 1000 }, (_, at) => `${at}`).join("\n  ")).message.split("\n")).toHaveLength(51);
    const path = `/${"folder/".repeat(60)}photo.jpg`;
    expect(failed("no", { where: path }).message).toBe(`${path}: no`);
  });
});

describe("errors of the system", () => {
  const thrown = (code: string, syscall: string) => Object.assign(new Error(`${code}: raw, ${syscall}`), { code, syscall });

  it("are told by what was being done", () => {
    expect(inWords(thrown("EACCES", "open"), "reading")).toMatch(/no permission to read it/);
    expect(inWords(thrown("EACCES", "open"), "writing")).toMatch(/no permission to write there/);
    expect(inWords(thrown("ENOENT", "open"), "reading")).toMatch(/no such file or folder: check the path/);
    expect(inWords(thrown("ENOENT", "rename"), "writing")).toMatch(/the folder it belongs in is gone/);
  });

  it("or, where that is not known, by the system's call", () => {
    expect(inWords(thrown("EACCES", "scandir"))).toMatch(/to read/);
    expect(inWords(thrown("EACCES", "mkdir"))).toMatch(/to write/);
    expect(inWords(thrown("ENOSPC", "open"))).toMatch(/the disk is full/);
    expect(inWords(thrown("EWHAT", "open"))).toBe("EWHAT: raw, open");
  });
});

describe("what messages name is there", () => {
  const strings = Object.entries(sources()).flatMap(([file, text]) => readSource(text).strings.map((one) => ({ file, text: one.text })));

  it("settings in braces", () => {
    // The bar's own format has braces of another meaning.
    const named = strings.flatMap(({ file, text }) =>
      file === "cli/output.ts" ? [] : [...text.matchAll(/\{([a-z][A-Za-z]*)\}/g)].map(([, name = ""]) => name),
    );
    expect(named.length).toBeGreaterThan(15);
    expect(named.filter((name) => !flagged.has(name))).toEqual([]);
  });

  it("become flags; braces in a name do not", () => {
    expect(inFlags(failed("no", { where: "{imageSize} 3", remedy: "use {resume}" }))).toBe("--image-size 3: no: use --resume");
    expect(inFlags(failed("no", { where: "{photo}.jpg" }))).toBe("{photo}.jpg: no");
  });

  const commands = [
    "demo",
    "data make",
    "data check",
    "train",
    "eval",
    "features",
    "embed",
    "export",
    "import",
    "similar",
    "index",
    "search",
    "duplicates",
    "clean",
    "serve",
    "verify",
    "devices",
    "report",
    "reproduce",
    "worker",
  ] as const;
  const helps = new Map<string, string>();
  beforeAll(async () => {
    for (const command of commands) helps.set(command, (await mdr(...command.split(" "), "--help")).printed);
  });
  const flagsIn = (text: string): readonly string[] => [...text.matchAll(/(?<![\w-])--[a-z][a-z-]*/g)].map(([flag]) => flag);
  const pages = ["README.md", "docs/browser.md", "docs/engine-guide.md", "docs/extending.md", "docs/gpujs-notes.md"].map((page) =>
    readFileSync(join(root, page), "utf8"),
  );

  it.each(commands)("flags of `mdr %s`, in every help text, message and page", (command) => {
    const help = helps.get(command) ?? "";
    const [usage = "", examples = ""] = help.split("\nExamples:\n");
    const known = new Set([...flagsIn(usage), "--help"]);
    const called = command === "demo" ? /(?:mdr demo|npm start)[^`\n&]*/g : new RegExp(`mdr ${command}\\b[^\`\n&]*`, "g");
    const texts = [...helps.values(), ...pages, ...strings.map(({ text }) => text)];
    const used = texts.flatMap((text) => [...text.matchAll(called)].flatMap(([line]) => flagsIn(line)));
    expect(examples).not.toBe("");
    expect(used.filter((flag) => !known.has(flag))).toEqual([]);
  });

  it("text leaves through one place", () => {
    const leaving = Object.entries(sources()).flatMap(([file, text]) =>
      [...readSource(text).code.matchAll(/\bconsole\s*\.|\bprocess\s*\.\s*std(?:out|err)\s*\.\s*write|\bprocess\s*\.\s*stdout/g)].map(
        ({ 0: found }) => `${file}: ${found}`,
      ),
    );
    expect(leaving).toEqual(["cli/outlet.ts: process.stdout"]);
  });
});

describe("names of files", () => {
  const photos = (name: string): string => {
    mkdirSync(join(folder, name), { recursive: true });
    for (const index of [1, 2]) writeFileSync(join(folder, name, `${index}.jpg`), jpeg(index));
    return name;
  };
  const named = unless(process.platform === "win32" ? "Windows allows no such names" : "");

  it("are shown and never obeyed, in tables, warnings, faults and wrong use; JSON gives them back", named, async () => {
    const own = photos("nasty");
    writeFileSync(join(folder, own, nasty), jpeg(5));
    writeFileSync(join(folder, own, `z${nasty}`), "no picture");
    writeFileSync(join(folder, own, `z${nasty}.gif`), "no picture");
    const table = await mdr("similar", "run", `${own}/1.jpg`, own, "--engine", "reference");
    // Two photos, the line of the threshold, and how many were left out.
    expect(table.printed.split("\n").slice(1, -1)).toHaveLength(4);
    expect(table.printed).toMatch(/2 left out\n$/);
    expect(table.printed).toContain(`${own}/${shownNasty}`);
    expect(table.said.match(/z.*all is well/g)).toHaveLength(2);
    const json = await mdr("similar", "run", `${own}/1.jpg`, own, "--engine", "reference", "--json");
    expect((JSON.parse(json.printed) as { similar: { file: string }[] }).similar.map(({ file }) => file)).toContain(`${own}/${nasty}`);
    const fault = await mdr("embed", nasty, own);
    const use = await mdr(nasty);
    expect([fault.code, use.code]).toEqual([1, 2]);
    for (const text of [table.printed, table.said, json.printed, fault.said, use.said]) {
      expect(text).not.toMatch(obeyed);
      expect(text).not.toMatch(/^mdr: all is well/m);
    }
  });

  it("of 100 kB do not fill the screen", async () => {
    const long = "x".repeat(100_000);
    for (const args of [["embed", "run", long], ["eval", long], ["train", "--engine", long], [`--${long}`], ["train", "--config", long]]) {
      const { code, said } = await mdr(...args);
      expect(code, args[0]).toBeGreaterThan(0);
      expect(said.length, args[0]).toBeLessThan(2500);
    }
    expect((await mdr("embed", "run", long)).said).toMatch(/a name this long cannot be/);
  });

  it("that lead nowhere are named, with what to do", named, async () => {
    const { said, code } = await mdr("embed", "run", "nowhere");
    expect(said).toBe("mdr: nowhere: cannot be read: no such file or folder: check the path\n");
    expect(code).toBe(1);
    const own = photos("dangling");
    symlinkSync("nowhere", join(folder, own, "link.jpg"));
    symlinkSync("loop.jpg", join(folder, own, "loop.jpg"));
    expect((await mdr("embed", "run", own, "--engine", "reference")).said).toMatch(
      /link\.jpg: a link that leads nowhere\n.*loop\.jpg: a link that leads back to itself/,
    );
    const photo = await mdr("similar", "run", `${own}/link.jpg`, own, "--engine", "reference");
    expect(photo.code).toBe(1);
    expect(photo.said).toMatch(/^mdr: dangling\/link\.jpg: .*no such file or folder: check the path/m);
  });

  it(
    "that are not UTF-8 are passed over, with what to do",
    unless(process.platform === "linux" ? "" : "only Linux allows them"),
    async () => {
      const own = photos("latin");
      writeFileSync(Buffer.concat([Buffer.from(join(folder, own, "K")), Buffer.from([0xe4]), Buffer.from("fer.jpg")]), jpeg(7));
      expect((await mdr("embed", "run", own, "--engine", "reference")).said).toMatch(/K\uFFFDfer\.jpg: its name is not UTF-8: rename it/);
    },
  );

  // Root may read everything; "nobody" may not.
  const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  const permissions = (): string => {
    if (process.platform === "win32") return "Windows has no permissions of this kind";
    return spawnSync(process.execPath, [join(root, "bin", "mdr.js"), "--version"], { cwd: "/", ...nobody }).status === 0
      ? ""
      : "root may read everything, and this checkout lies where nobody else may";
  };
  it("that may not be read are told from those that may not be written", unless(permissions()), () => {
    const own = photos("locked");
    cpSync(join(folder, "run"), join(folder, "shut-run"), { recursive: true });
    for (const [name, mode] of [
      [".", 0o755],
      [`${own}/shut`, 0],
      ["guarded", 0o555],
    ] as const) {
      mkdirSync(join(folder, name), { recursive: true });
      chmodSync(join(folder, name), mode);
    }
    chmodSync(join(folder, "shut-run", "last.json"), 0);
    const lines = [
      ["embed", "run", own, "--engine", "reference"],
      ["embed", "run", `${own}/shut`],
      ["data", "make", "--out", "guarded/data", "--classes", "2", "--images-per-class", "1"],
      ["eval", "shut-run"],
    ];
    const said = mdrApart(folder, lines, nobody).map((ended) => ended.said);
    for (const name of [`${own}/shut`, "guarded", "shut-run/last.json"]) chmodSync(join(folder, name), 0o755);
    expect(said).toEqual([
      expect.stringMatching(/shut: no permission to read it/),
      expect.stringMatching(/shut: cannot be read: no permission to read it/),
      expect.stringMatching(/no permission to write there: choose another folder/),
      expect.stringMatching(/shut-run\/last\.json: .*no permission to read it/),
    ]);
  });
});

describe("--json", () => {
  it("keeps warnings, which go to stderr, and no driver or progress speaks beside it", async () => {
    mkdirSync(join(folder, "left"), { recursive: true });
    for (const index of [1, 2]) writeFileSync(join(folder, "left", `${index}.jpg`), jpeg(index));
    writeFileSync(join(folder, "left", "other.gif"), "no picture");
    writeFileSync(join(folder, "left", "bad.jpg"), "no picture");
    const [similar, quiet, embed] = mdrApart(folder, [
      ["similar", "run", "left/1.jpg", "left", "--json"],
      ["eval", "run", "--json"],
      ["embed", "run", "data"],
    ]);
    expect((JSON.parse(similar?.printed ?? "") as { similar: unknown[] }).similar).toHaveLength(1);
    expect(similar?.said).toMatch(/^mdr: left out 2 .*:\n {2}left\/other\.gif: .*\n {2}left\/bad\.jpg: .*\n$/);
    expect(JSON.parse(quiet?.printed ?? "")).toHaveProperty("scores");
    expect(quiet?.said).toBe("");
    expect(embed?.said).toMatch(/^engine .*\n$/);
    writeFileSync(join(folder, "data", "class0", "stray.gif"), "no picture");
    for (const args of [
      ["eval", "run", "--json", "--engine", "reference"],
      ["eval", "run", "--json", "--engine", "reference", "--all"],
    ]) {
      const ended = await mdr(...args);
      expect(JSON.parse(ended.printed)).toHaveProperty("scores");
      expect(ended.said, args.join(" ")).toMatch(/^mdr: .*stray\.gif.*\n$/s);
    }
    rmSync(join(folder, "data", "class0", "stray.gif"));
  });

  it("prints nothing on a fault but what is wrong, on stderr", async () => {
    for (const [args, code] of [
      [["eval", "nowhere", "--json"], 1],
      [["similar", "run", "nowhere.jpg", "data", "--json"], 1],
      [["train", "--data", "nowhere", "--json"], 1],
      [["train", "--epochs", "many", "--json"], 2],
    ] as const) {
      const ended = await mdr(...args);
      expect(ended.printed, args.join(" ")).toBe("");
      expect(ended.said, args.join(" ")).toMatch(/^mdr: .*\n( {2}.*\n)*$/);
      expect(ended.code, args.join(" ")).toBe(code);
    }
  });
});

it("a bar says how long it will take, or that it does not know", () => {
  expect([3.4, 99, 150, 5990, 9000, Number.NaN, Number.POSITIVE_INFINITY, "INF", "NULL"].map(remaining)).toEqual([
    ...["3 s", "99 s", "3 min", "100 min", "2.5 h"],
    ...["?", "?", "?", "?"],
  ]);
});
