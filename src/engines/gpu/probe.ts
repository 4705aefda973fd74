/**
 * Which backends work on this machine. Each is tried in a process of its own, because a graphics driver that crashes
 * takes its process with it, and each has to get a small sum of products right.
 */
import * as E from "fp-ts/lib/Either.js";
import type * as T from "fp-ts/lib/Task.js";
import { type GpuBackend, gpuBackends, inBrowser, openBackend } from "./backends.js";
import { gpuEngine } from "./engine.js";

/** One line of `mdr devices`. */
export interface DeviceReport {
  readonly engine: "gpu";
  readonly backend: GpuBackend;
  readonly works: boolean;
  /** It computes on a CPU: not what `auto` calls a GPU. */
  readonly software: boolean;
  /** The device in words; empty where it does not work. */
  readonly device: string;
  /** Why it does not work and what to do; empty where it does. */
  readonly problem: string;
}

const side = 8;

/** Opens the backend, multiplies two small matrices and looks at every number. */
export const probeHere = async (backend: GpuBackend): Promise<DeviceReport> => {
  const report = (works: boolean, software: boolean, device: string, problem: string): DeviceReport => ({
    engine: "gpu",
    backend,
    works,
    software,
    device,
    problem,
  });
  const opened = await openBackend(backend)();
  if (E.isLeft(opened)) return report(false, false, "", opened.left.message);
  const { software } = opened.right;
  await opened.right.gpu.destroy();
  await opened.right.close();
  const engine = await gpuEngine(backend)();
  if (E.isLeft(engine)) return report(false, software, "", engine.left.message);
  const { info, compile, upload, close } = engine.right;
  const failure = async (): Promise<string> => {
    const program = await compile([[side, side]], (k, [x]) => (x === undefined ? [] : [k.matmul(x, x)]))();
    if (E.isLeft(program)) return program.left.message;
    const data = Float64Array.from({ length: side * side }, (_, i) => (i % 7) - 3);
    const results = await program.right.run([upload({ shape: [side, side], data })])();
    if (E.isLeft(results)) return results.left.message;
    const product = await results.right[0]?.read();
    if (product === undefined || E.isLeft(product)) return "the result could not be read";
    const entry = (row: number, column: number): number =>
      Array.from({ length: side }, (_, k) => (data[row * side + k] ?? 0) * (data[k * side + column] ?? 0)).reduce(
        (sum, term) => sum + term,
        0,
      );
    const wrong = [...product.right.data].findIndex((value, i) => value !== entry(Math.floor(i / side), i % side));
    return wrong < 0 ? "" : `entry ${wrong} of a ${side} x ${side} product of whole numbers is wrong: do not train on this device`;
  };
  const problem = await failure();
  await close();
  return report(problem === "", software, problem === "" ? info.device : "", problem);
};

const crashed = (backend: GpuBackend, how: string): DeviceReport => ({
  engine: "gpu",
  backend,
  works: false,
  software: false,
  device: "",
  problem: `GPU.js ${backend} ${how}: its graphics driver is broken or not meant for this machine; update it, or use --gpu-mode webasm`,
});

/** Seconds one backend gets to start and multiply: a first WebGPU start on a software rasteriser takes a few. */
const patience = 60;

/** The probe in a process of its own. Under a TypeScript runner there is no compiled module to start: then it runs here. */
const probeApart = async (backend: GpuBackend): Promise<DeviceReport> => {
  if (inBrowser() || !import.meta.url.endsWith(".js")) return probeHere(backend);
  // Not a literal, so that a bundler for the browser does not follow it.
  const name = "node:child_process";
  const { execFile } = (await import(/* @vite-ignore */ name)) as typeof import("node:child_process");
  const script =
    `import { probeHere } from ${JSON.stringify(import.meta.url)}; ` +
    `const report = await probeHere(${JSON.stringify(backend)}); process.stdout.write("\\n" + JSON.stringify(report), () => process.exit(0));`;
  return new Promise((resolve) => {
    execFile(process.execPath, ["--input-type=module", "-e", script], { timeout: patience * 1000 }, (error, stdout) => {
      const line = stdout.trim().split("\n").at(-1) ?? "";
      const report = E.tryCatch(
        () => JSON.parse(line) as DeviceReport,
        () => error,
      );
      if (E.isRight(report)) resolve(report.right);
      else if (error?.killed) resolve(crashed(backend, `did not answer within ${patience} s`));
      else resolve(crashed(backend, `ended the process that tried it (${error?.signal ?? `code ${error?.code ?? "?"}`})`));
    });
  });
};

/** What `mdr devices` shows of this engine: one report a backend, the ones of other hosts (browser or Node) left out. */
export const probeDevices: T.Task<readonly DeviceReport[]> = () =>
  Promise.all(
    gpuBackends.filter((backend) => (inBrowser() ? backend !== "headlessgl" : backend !== "webgl" && backend !== "webgl2")).map(probeApart),
  );
