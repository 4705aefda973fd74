/**
 * `npm run bench -- playground [--json]`: the playground in Chromium, as `npm run web` serves it: when it is first painted, and the longest task of
 * the page's own thread while a worker trains, by the browser's own PerformanceObserver; and, another time, by the processor time of its
 * tasks, which other programs on the same cores cannot lengthen. Another time, because writing a trace takes such time itself.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Browser, chromium } from "playwright-core";
import { executablePath, noChromium } from "./chromium.js";

const web = fileURLToPath(new URL("../../tools/web.js", import.meta.url));
const seconds = 15;

interface Measured {
  readonly firstPaintMilliseconds: number;
  readonly trainsAfterMilliseconds: number;
  /** Of the tasks over 50 ms while it trained; 0 where there was none. */
  readonly longestTaskMilliseconds: number;
  readonly longTasks: number;
  /** The most processor time that one task took. */
  readonly longestProcessorMilliseconds: number;
  readonly steps: number;
  readonly racers: number;
  readonly inSight: string;
}

/** What of the page a visitor looks at: what is out of sight is not drawn. */
const places = { distances: "h1", map: "#plane" } as const;

const serving = async (): Promise<readonly [address: string, child: ChildProcess]> => {
  const child = spawn(process.execPath, [web, "--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
  if (child.stdout === null) throw new Error("no output");
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  return [line.split(" ")[0] ?? "", child];
};

/** In the page, as text: what it took, and tasks over 50 ms from now on. */
const paint = `performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN`;
const watch = `window.longTasks = []; new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map((one) => one.duration))).observe({ type: "longtask" })`;
const step = `Number(/step (\\d+)/.exec(document.querySelector("#transport input[type=range]").getAttribute("aria-valuetext"))[1])`;

/** An event of the browser's trace, as far as it is read here; `tdur` is processor time in microseconds. */
interface Traced {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly tdur?: number;
  readonly args: { readonly name?: string };
}

/** Of all tasks of the threads that draw pages. */
const longestOf = (trace: Buffer): number => {
  const { traceEvents } = JSON.parse(trace.toString()) as { readonly traceEvents: readonly Traced[] };
  const threadOf = ({ pid, tid }: Traced): string => `${pid} ${tid}`;
  const threads = new Set(traceEvents.filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain").map(threadOf));
  const tasks = traceEvents.filter((event) => event.name === "RunTask" && threads.has(threadOf(event)));
  return tasks.reduce((most, { tdur = 0 }) => Math.max(most, tdur / 1000), 0);
};

/** A page, ready to train. */
const opened = async (browser: Browser, address: string, inSight: keyof typeof places) => {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.goto(address);
  await page.locator("#transport [role=status]", { hasText: "Paused" }).waitFor({ state: "attached" });
  const trainsAfterMilliseconds = await page.evaluate<number>("performance.now()");
  // What finds the button is put into the page, which takes its thread as long as a long task; a key is all that comes later.
  await page.getByRole("button", { name: "Train", exact: true }).focus();
  await page.evaluate(`document.querySelector("${places[inSight]}").scrollIntoView()`);
  await page.waitForTimeout(1000);
  const training = async (): Promise<void> => {
    await page.keyboard.press("Enter");
    await page.waitForTimeout(seconds * 1000);
  };
  return { page, trainsAfterMilliseconds, training };
};

const measured = async (address: string, inSight: keyof typeof places, chromiumPath: string): Promise<Measured> => {
  const browser = await chromium.launch({
    executablePath: chromiumPath,
    args: ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage"],
  });
  const { page, trainsAfterMilliseconds, training } = await opened(browser, address, inSight);
  const firstPaintMilliseconds = await page.evaluate<number>(paint);
  await page.evaluate(watch);
  await training();
  const tasks = await page.evaluate<readonly number[]>("window.longTasks");
  const steps = await page.evaluate<number>(step);
  const racers = await page.locator(".standings tbody tr").count();
  await page.close();
  const again = await opened(browser, address, inSight);
  await browser.startTracing(again.page, { categories: ["toplevel", "disabled-by-default-devtools.timeline"] });
  await again.training();
  const trace = await browser.stopTracing();
  await browser.close();
  return {
    firstPaintMilliseconds,
    trainsAfterMilliseconds,
    longestTaskMilliseconds: Math.max(0, ...tasks),
    longTasks: tasks.length,
    longestProcessorMilliseconds: longestOf(trace),
    steps,
    racers,
    inSight,
  };
};

export const benchPlayground = async ({ asJson }: { readonly asJson: boolean }): Promise<void> => {
  if (executablePath === undefined) {
    process.stderr.write(`${noChromium}\n`);
    process.exitCode = 1;
    return;
  }
  const [address, child] = await serving();
  const found: Measured[] = [];
  for (const query of ["", "?race=on"])
    for (const inSight of ["distances", "map"] as const) found.push(await measured(`${address}${query}`, inSight, executablePath));
  child.kill();
  if (asJson) process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
  else
    for (const one of found)
      process.stdout.write(
        `${one.racers} racer(s), the ${one.inSight} in sight: first paint after ${one.firstPaintMilliseconds.toFixed(0)} ms, ready to train after ${one.trainsAfterMilliseconds.toFixed(0)} ms; ` +
          `${one.steps} steps in ${seconds} s, ${one.longTasks} tasks over 50 ms on the page's thread, the longest ${one.longestTaskMilliseconds.toFixed(0)} ms; ` +
          `the most processor time of a task ${one.longestProcessorMilliseconds.toFixed(0)} ms\n`,
      );
};
