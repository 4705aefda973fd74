/** Headless Firefox on pages served from this repository, driven by WebDriver BiDi: what its tests need of that protocol. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { WebSocket } from "ws";
import { unless } from "../missing.js";

const executablePath = [process.env["FIREFOX"], "/usr/bin/firefox-esr", "/usr/bin/firefox"].find(
  (path) => path !== undefined && existsSync(path),
);

/** Options of a group of tests in Firefox: skipped where there is none. */
export const inFirefox = unless(
  executablePath === undefined ? "no Firefox here (Debian: apt-get install firefox-esr; or set FIREFOX to its path)" : "",
);

/** What BiDi answers and tells, as far as it is read here (https://w3c.github.io/webdriver-bidi). */
interface Told {
  readonly id?: number;
  readonly type: "success" | "error" | "event";
  readonly message?: string;
  readonly method?: string;
  readonly params?: { readonly level?: string; readonly text?: string | null };
  readonly result?: {
    readonly context?: string;
    readonly type?: "success" | "exception";
    readonly result?: { readonly value?: string };
    readonly exceptionDetails?: { readonly text?: string };
  };
}

export interface FirefoxPage {
  readonly goto: (address: string) => Promise<void>;
  /** What this expression is, or promises, in the page; anything that JSON can say. */
  readonly evaluate: <R>(expression: string) => Promise<R>;
  /** What the page reported as errors. */
  readonly errors: readonly string[];
}

export interface Firefox {
  readonly blank: (viewport: { readonly width: number; readonly height: number }) => Promise<FirefoxPage>;
  readonly close: () => Promise<void>;
}

/** Where it listens, which it says once on its errors' stream. */
const addressOf = (browser: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    const said: string[] = [];
    if (browser.stderr !== null)
      createInterface({ input: browser.stderr }).on("line", (line) => {
        said.push(line);
        const [, address] = /WebDriver BiDi listening on (ws:\S+)/.exec(line) ?? [];
        if (address !== undefined) resolve(address);
      });
    browser.once("exit", (code) => reject(new Error(`Firefox ended with ${code}: ${said.join("\n")}`)));
  });

const connected = (address: string): Promise<WebSocket> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(`${address}/session`);
    socket.once("open", () => resolve(socket)).once("error", reject);
  });

export const startFirefox = async (): Promise<Firefox> => {
  const profile = mkdtempSync(join(tmpdir(), "mdr-firefox-"));
  const browser = spawn(executablePath as string, ["--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = new Promise((resolve) => browser.once("exit", resolve));
  const socket = await connected(await addressOf(browser));
  const waiting = new Map<number, (told: Told) => void>();
  const errors: string[] = [];
  socket.on("message", (data) => {
    const told = JSON.parse(String(data)) as Told;
    if (told.id !== undefined) waiting.get(told.id)?.(told);
    else if (told.params?.level === "error") errors.push(told.params.text ?? "an error without words");
  });
  let sent = 0;
  const send = (method: string, params: object): Promise<NonNullable<Told["result"]>> =>
    new Promise((resolve, reject) => {
      sent += 1;
      waiting.set(sent, ({ type, result, message }) =>
        type === "success" && result !== undefined ? resolve(result) : reject(new Error(`${method}: ${message}`)),
      );
      socket.send(JSON.stringify({ id: sent, method, params }));
    });
  await send("session.new", { capabilities: {} });
  await send("session.subscribe", { events: ["log.entryAdded"] });
  return {
    blank: async (viewport) => {
      const { context } = await send("browsingContext.create", { type: "tab" });
      await send("browsingContext.setViewport", { context, viewport });
      return {
        goto: async (url) => {
          await send("browsingContext.navigate", { context, url, wait: "complete" });
        },
        evaluate: async (expression) => {
          const { type, result, exceptionDetails } = await send("script.evaluate", {
            expression: `(async () => JSON.stringify((await (${expression})) ?? null))()`,
            target: { context },
            awaitPromise: true,
          });
          if (type !== "success" || result?.value === undefined) throw new Error(`${expression}: ${exceptionDetails?.text}`);
          return JSON.parse(result.value);
        },
        errors,
      };
    },
    close: async () => {
      socket.close();
      browser.kill();
      await ended;
      rmSync(profile, { recursive: true, force: true });
    },
  };
};
