/**
 * Output is not the work: whatever becomes of the streams, the terminal or the reader of a pipe, a training goes on, or saves and
 * stops where a signal asked it to. Real processes in real pipes, so on Linux and macOS alone.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { interruption, watchForEnds } from "../src/cli/signals.js";
import { mdrIn } from "./fixtures/commands.js";
import { unless } from "./missing.js";

const bin = join(import.meta.dirname, "..", "bin", "mdr.js");
const folder = mkdtempSync(join(tmpdir(), "mdr-terminal-"));
const mdr = `'${process.execPath}' '${bin}'`;

const network = "--image-size 16 --batch 8 --per-class 4 --width 4 --depth 0 --embedding 8 --engine wasm --decay-steps 1 --no-report";
const train = (out: string, epochs: number, iterations = 5): string =>
  `${mdr} train --data data --out ${out} --epochs ${epochs} --iterations ${iterations} ${network}`;

/** A command line of bash, and how it ended; `codes` are those of all processes of its last pipe. */
const bash = (command: string, env: Readonly<Record<string, string>> = {}) => {
  const done = spawnSync("bash", ["-c", `${command}\necho "\${PIPESTATUS[@]}" > codes`], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  return { codes: readFileSync(join(folder, "codes"), "utf8").trim().split(" ").map(Number), stdout: done.stdout, stderr: done.stderr };
};

const recordOf = (out: string) =>
  JSON.parse(readFileSync(join(folder, out, "last.json"), "utf8")) as { readonly step: number; readonly epoch: number };

const until = async (true_: () => boolean): Promise<void> => {
  while (!true_()) await new Promise((resolve) => setTimeout(resolve, 20));
};

/** How many lines of metrics there are. */
const logged = (out: string): number => {
  const file = join(folder, out, "metrics.jsonl");
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").length - 1 : 0;
};

/** What is saved loads, and the run goes on from it to the end of its epoch. */
const expectResumed = async (out: string): Promise<void> => {
  const { epoch } = recordOf(out);
  const { code, said } = await mdrIn(folder)("train", "--resume", out, "--epochs", String(epoch + 1));
  expect(code, said).toBe(0);
  expect(recordOf(out).epoch).toBe(epoch + 1);
};

const expectNoStack = (text: string): void => {
  expect(text).not.toMatch(/\n\s+at .*:\d+:\d+/);
  expect(text).not.toMatch(/node:|Unhandled|Uncaught/);
};

const posix = unless(process.platform === "win32" ? "Windows has no bash and no process groups" : "");
const full = unless(existsSync("/dev/full") ? "" : "there is no /dev/full here");
const script = unless(
  process.platform === "linux" && spawnSync("script", ["--version"]).status === 0 ? "" : "there is no `script` of util-linux here",
);

beforeAll(async () => {
  await mdrIn(folder)("data", "make", "--out", "data", "--classes", "6", "--images-per-class", "8", "--size", "24");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a reader that goes away", posix, () => {
  it("of the table ends nothing and is no fault", async () => {
    const { codes, stderr } = bash(`${train("head", 2)} | true`);
    expect(codes[0], stderr).toBe(0);
    expectNoStack(stderr);
    expect(recordOf("head").epoch).toBe(2);
    expect(existsSync(join(folder, "head", "results.json"))).toBe(true);
    await expectResumed("head");
  });

  it("of the progress and of everything ends nothing", () => {
    for (const [out, pipe] of [
      ["head-all", "2>&1 | head -1"],
      ["head-stderr", "2>&1 >table | true"],
    ] as const) {
      const { codes, stderr } = bash(`${train(out, 2)} ${pipe}`);
      expect(codes[0], stderr).toBe(0);
      expect(recordOf(out).epoch).toBe(2);
      expect(existsSync(join(folder, out, "results.json"))).toBe(true);
    }
    expect(readFileSync(join(folder, "table"), "utf8")).toContain("triplet-mdr, final");
  });

  it("of a help text is no fault", () => {
    const { codes, stderr } = bash(`${mdr} train --help | true`);
    expect(codes[0]).toBe(0);
    expect(stderr).toBe("");
  });
});

describe("a full disk under the output", full, () => {
  it("loses the table and nothing else: one line, and 1", async () => {
    const { codes, stderr } = bash(`${train("full", 2)} > /dev/full`);
    expect(codes).toEqual([1]);
    expect(stderr.match(/^mdr: .*$/gm)).toEqual([expect.stringMatching(/standard output.*could not be written: the disk is full/)]);
    expectNoStack(stderr);
    expect(existsSync(join(folder, "full", "results.json"))).toBe(true);
    await expectResumed("full");
  });

  it("loses JSON with the same line, and help with 1", () => {
    for (const command of [`${mdr} eval full --engine reference --json`, `${mdr} --help`, `${mdr} --version`]) {
      const { codes, stderr } = bash(`${command} > /dev/full`);
      expect(codes, command).toEqual([1]);
      expect(stderr).toMatch(/^mdr: standard output: the result could not be written: the disk is full.*\n$/);
    }
  });

  it("loses the progress and nothing else: 0", () => {
    const { codes, stdout } = bash(`${train("full-stderr", 2)} 2> /dev/full`);
    expect(codes).toEqual([0]);
    expect(stdout).toContain("triplet-mdr, final");
    expect(recordOf("full-stderr").epoch).toBe(2);
  });

  it("under both leaves the run whole", async () => {
    expect(bash(`${train("full-both", 2)} > /dev/full 2>&1`).codes).toEqual([1]);
    await expectResumed("full-both");
  });
});

/** Runs in a process group of its own and calls `during` once some steps are done; the exit code of the command in the end. */
const inGroup = async (name: string, command: string, during: (group: number) => unknown): Promise<number> => {
  const code = join(folder, `${name}.code`);
  // A trap, so that bash outlives the signal and tells the code; what it starts has signals as they are by default.
  const child = spawn("bash", ["-c", `{ trap : INT TERM HUP; ${command}; echo $? > ${name}.code; } 2>&1 | tee ${name}.log`], {
    cwd: folder,
    detached: true,
    stdio: "ignore",
  });
  await until(() => logged(name) > 3);
  during(child.pid ?? 0);
  await until(() => existsSync(code) && readFileSync(code, "utf8") !== "");
  return Number(readFileSync(code, "utf8"));
};

describe("a signal to all processes of a pipe", posix, () => {
  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("%s takes tee away, saves and stops", async (signal) => {
    const name = `tee-${signal}`;
    expect(await inGroup(name, train(name, 100, 300), (group) => process.kill(-group, signal))).toBe(130);
    expect(recordOf(name).step % 300).toBeGreaterThan(0);
    await expectResumed(name);
  });

  it("a second one that is not Ctrl-C does not hurry it", async () => {
    const code = await inGroup("twice", train("twice", 100, 300), (group) => {
      process.kill(-group, "SIGHUP");
      process.kill(-group, "SIGTERM");
    });
    expect(code).toBe(130);
    expect(recordOf("twice").step % 300).toBeGreaterThan(0);
    await expectResumed("twice");
  });
});

describe("Ctrl-C", posix, () => {
  it("where nothing can be saved ends the process as it does any other", async () => {
    const child = spawn(process.execPath, [bin, "data", "make", "--out", "much", "--classes", "500", "--images-per-class", "50"], {
      cwd: folder,
    });
    await until(() => existsSync(join(folder, "much")));
    child.kill("SIGINT");
    expect(await new Promise((resolve) => child.on("exit", (_, signal) => resolve(signal)))).toBe("SIGINT");
  });
});

describe("a terminal", script, () => {
  /** Runs a command line of bash on a terminal that is taken away once some steps are done; when the process of its id is gone. */
  const onVanishing = async (out: string, command: string): Promise<void> => {
    const file = join(folder, `${out}.pid`);
    const inside = `bash -c '${command.replaceAll("'", "")}'`;
    const terminal = spawn("script", ["-qfec", inside, "/dev/null"], { cwd: folder, stdio: ["pipe", "ignore", "ignore"] });
    await until(() => logged(out) > 3);
    terminal.kill("SIGKILL");
    const pid = Number(readFileSync(file, "utf8"));
    await until(() => spawnSync("kill", ["-0", String(pid)]).status !== 0);
  };

  it("that is closed saves the run and stops it", async () => {
    await onVanishing("closed", `echo $$ > closed.pid; exec ${train("closed", 100, 300)}`);
    expect(recordOf("closed").step % 300).toBeGreaterThan(0);
    await expectResumed("closed");
  });

  it("that vanishes without a signal stops nothing; its table is a result that could not be shown", async () => {
    // A session of its own has no terminal to be told of by a signal: it learns by its writes alone.
    writeFileSync(join(folder, "gone.sh"), `echo $$ > gone.pid; ${train("gone", 20)}; echo $? > gone.code`);
    await onVanishing("gone", "exec setsid --wait bash gone.sh");
    expect(readFileSync(join(folder, "gone.code"), "utf8")).toBe("1\n");
    expect(recordOf("gone").epoch).toBe(20);
    expect(existsSync(join(folder, "gone", "results.json"))).toBe(true);
  });

  /** What comes to the screen of a terminal in which a command runs to its end. */
  const onTerminal = (command: string): { readonly code: number | null; readonly screen: string } => {
    const done = spawnSync("script", ["-qec", command.replaceAll("'", ""), "/dev/null"], {
      cwd: folder,
      encoding: "utf8",
      input: "",
      timeout: 100_000,
    });
    return { code: done.status, screen: done.stdout };
  };

  it("on which Ctrl-C is pressed behind a bar ends what cannot be saved, at once", async () => {
    const command = `${mdr} data make --out pressed --classes 500 --images-per-class 50`.replaceAll("'", "");
    const terminal = spawn("script", ["-qfec", command, "/dev/null"], { cwd: folder, stdio: ["pipe", "pipe", "ignore"] });
    let screen = "";
    terminal.stdout.on("data", (chunk: Buffer) => {
      const first = !screen.includes("drawing");
      screen += chunk.toString();
      if (first && screen.includes("drawing")) terminal.stdin.write("\u0003");
    });
    expect(await new Promise((resolve) => terminal.on("exit", resolve))).toBe(130);
    expect(screen.lastIndexOf("\u001b[?25h")).toBeGreaterThan(screen.lastIndexOf("\u001b[?25l"));
  });

  it("gets its cursor back after a run, and after a fault behind a bar, which ends by itself", () => {
    const done = onTerminal(train("shown", 2));
    expect(done.code).toBe(0);
    mkdirSync(join(folder, "broken"));
    for (const name of ["a", "b"]) writeFileSync(join(folder, "broken", `${name}.jpg`), "no picture");
    const failed = onTerminal(`${mdr} embed shown broken --engine wasm`);
    expect(failed.code).toBe(1);
    expect(failed.screen).toContain("no picture there can be used");
    for (const { screen } of [done, failed]) {
      expect(screen).toContain("\u001b[?25l");
      expect(screen.lastIndexOf("\u001b[?25h")).toBeGreaterThan(screen.lastIndexOf("\u001b[?25l"));
    }
  });
});

describe("a mistake of the program", () => {
  /** Throws in the middle of whatever runs, once a file is there. */
  const preload = (name: string, file: string, how: string): Readonly<Record<string, string>> => {
    const path = join(folder, `${name}.mjs`);
    writeFileSync(
      path,
      `import { existsSync } from "node:fs";
       import { isMainThread } from "node:worker_threads";
       const waiting = isMainThread ? setInterval(() => {
         if (!existsSync(${JSON.stringify(join(folder, file))})) return;
         clearInterval(waiting);
         ${how}
       }, 1) : undefined;`,
    );
    return { NODE_OPTIONS: `--import ${pathToFileURL(path).href}` };
  };

  it.each([
    ["thrown", `throw new Error("off by one\\nand two");`],
    ["rejected", `Promise.reject(new Error("off by one\\nand two"));`],
  ])("%s says one line, saves what a training has done, and ends with 1", posix, async (name, how) => {
    const { codes, stderr } = bash(train(name, 100_000), preload(name, `${name}/last.json`, how));
    expect(codes).toEqual([1]);
    expectNoStack(stderr);
    expect(stderr).toMatch(/^mdr: off by one\\nand two: this is a mistake of the program.*MDR_STACK=1/m);
    expect(stderr).toMatch(/stopped after step \d+; saved in/);
    await expectResumed(name);
  });

  it("ends at once where there is nothing to save, and shows its stack where that is asked for", posix, () => {
    const env = preload("early", "other", `throw new Error("off by one");`);
    const command = `${mdr} data make --out other --classes 100 --images-per-class 50`;
    const { codes, stderr } = bash(command, env);
    expect(codes).toEqual([1]);
    expect(stderr).toMatch(/^mdr: off by one: this is a mistake of the program.*\n$/);
    rmSync(join(folder, "other"), { recursive: true });
    expect(bash(command, { ...env, MDR_STACK: "1" }).stderr).toMatch(/a mistake of the program\n {4}at .*early\.mjs/);
  });
});

// The last: after it this process takes itself for one that was told to stop.
describe("Ctrl-C in this process", posix, () => {
  it("pressed twice ends at once; a closed terminal's signal and a supervisor's do not hurry it", () => {
    const events: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];
    const before = events.map((event) => process.listeners(event));
    const caught = process.listeners("uncaughtException");
    const exit = vi.spyOn(process, "exit").mockImplementation(() => undefined as never);
    const said = vi.spyOn(process.stderr, "write").mockImplementation(() => true);
    try {
      watchForEnds();
      const { requested, forget } = interruption();
      expect(requested()).toBe(false);
      for (const signal of ["SIGHUP", "SIGTERM"] as const) process.emit(signal, signal);
      expect([requested(), exit.mock.calls]).toEqual([true, []]);
      expect(said.mock.calls.map(([text]) => String(text)).join("")).toContain("press Ctrl-C again to end at once");
      process.emit("SIGINT", "SIGINT");
      expect(exit.mock.calls).toEqual([[130]]);
      forget();
    } finally {
      exit.mockRestore();
      said.mockRestore();
      for (const [index, event] of events.entries())
        for (const listener of process.listeners(event)) if (!before[index]?.includes(listener)) process.removeListener(event, listener);
      for (const listener of process.listeners("uncaughtException"))
        if (!caught.includes(listener)) process.removeListener("uncaughtException", listener);
    }
  });
});
