/**
 * The GPU.js engine in a real browser: headless Chromium opens a page served from here, runs an embedding's forward
 * pass, objective and gradients on each backend, compares with the reference engine, and posts what it found.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const require = createRequire(import.meta.url);
const packageRoot = (name: string): string => dirname(require.resolve(`${name}/package.json`));

const chromium = [process.env["CHROMIUM"], "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
  (path) => path !== undefined && existsSync(path),
);
const built = existsSync(join(root, "dist", "engines", "gpu", "index.js"));
const missing =
  chromium === undefined
    ? "no Chromium here (Debian: apt-get install chromium; or set CHROMIUM to its path)"
    : built
      ? null
      : "the package is not built (npm run build)";

interface Report {
  readonly backend: string;
  readonly ran?: string;
  readonly device?: string;
  readonly error?: number;
  readonly reason?: string;
}

/** The page's program. Kernels are text, so nothing here depends on a bundler. */
const page = `<!doctype html><meta charset="utf-8"><title>GPU.js engine</title>
<script src="/gpu.js"></script>
<script type="importmap">{ "imports": { "fp-ts/lib/": "/fp-ts/", "gpu.js": "/gpu-module.js", "ndarray": "/ndarray-module.js" } }</script>
<script type="module">
const post = (report) => fetch("/report", { method: "POST", body: JSON.stringify(report) });
try {
  const { gpuEngine } = await import("/dist/engines/gpu/index.js");
  const { referenceEngine, square } = await import("/dist/engines/index.js");
  const { objective } = await import("/dist/metric/index.js");
  const settings = { method: "triplet-mdr", variant: "paper", lambda: 0.6, nu: 0.01, gamma: 0.9, margin: 0.2, miner: "distance-weighted" };
  const tensor = (shape, f) => ({ shape, data: Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.fround(f(i))) });
  const inputs = [
    tensor([8, 8, 8, 3], (i) => Math.sin(1.7 * i)),
    tensor([3, 3, 3, 8], (i) => Math.cos(2.3 * i) / 3),
    tensor([8], (i) => 1 + i / 10),
    tensor([8, 4], (i) => Math.sin(0.9 * i)),
    tensor([8], (i) => Math.floor(i / 2)),
    tensor([8, 8], (i) => ((i * 37) % 64) / 64 + 0.003),
    tensor([3], (i) => 3 * i - 3),
  ];
  const program = (k, [x, w, scale, head, labels, uniforms, levels]) => {
    const geometry = square(1, 1);
    const convolved = k.convolve(x, w, geometry);
    const { y, mean, variance } = k.batchNorm(convolved, scale, scale, 1e-3);
    const active = k.map("relu", y);
    const window = { ...square(2, 0), size: [2, 2] };
    const pooled = k.maxPool(active, window);
    const features = k.affine(k.reshape(k.reduce("sum", pooled, [1, 2]), [8, 8]), 1 / 16, 0);
    const embeddings = k.matmul(features, head);
    const zero = k.constant({ shape: [], data: new Float64Array(1) });
    const goal = objective(k, settings)({ embeddings, labels, uniforms, levels, momentum: { mean: zero, deviation: zero, seen: zero } });
    const pulled = goal.pull();
    const dFeatures = k.matmul(pulled.embeddings, head, { b: true });
    const dPooled = k.zip("multiply", k.reshape(k.affine(dFeatures, 1 / 16, 0), [8, 1, 1, 8]), k.map("positive", k.affine(pooled, 0, 1)));
    const dActive = k.maxPoolToInput(active, dPooled, window);
    const norm = k.batchNormPull(convolved, scale, mean, variance, 1e-3, k.reluPull(active, dActive));
    return [goal.loss, goal.momentum.mean, pulled.levels, k.matmul(features, pulled.embeddings, { a: true }), norm.scale,
      k.convolveToWeights(x, norm.x, geometry, [3, 3, 3, 8]), k.convolveToInput(norm.x, w, geometry, [8, 8, 8, 3])];
  };
  const right = (either) => { if (either._tag === "Left") throw new Error(either.left.message); return either.right; };
  const evaluate = async (engine) => {
    const compiled = right(await engine.compile(inputs.map(({ shape }) => shape), program)());
    const outputs = right(await compiled.run(inputs.map(engine.upload))());
    return Promise.all(outputs.map(async (output) => right(await output.read()).data));
  };
  const truth = await evaluate(referenceEngine);
  const reports = [];
  for (const backend of ["webgpu", "webgl2", "webgl", "webasm", "cpu"]) {
    const opened = await gpuEngine(backend)();
    if (opened._tag === "Left") { reports.push({ backend, reason: opened.left.message }); continue; }
    try {
      const got = await evaluate(opened.right);
      const errors = truth.map((expected, k) => {
        const scale = Math.max(1e-6, ...Array.from(expected, Math.abs));
        return Math.max(...Array.from(expected, (value, i) => Math.abs(value - got[k][i]) / scale));
      });
      reports.push({ backend, ran: opened.right.info.backend, device: opened.right.info.device, error: Math.max(...errors) });
    } catch (thrown) {
      reports.push({ backend, ran: opened.right.info.backend, reason: "failed: " + thrown.message });
    }
    await opened.right.close();
  }
  await post(reports);
} catch (thrown) {
  await post([{ backend: "page", reason: "failed: " + (thrown.stack ?? thrown) }]);
}
</script>`;

const shim = "const all = globalThis.GPU; export default all.GPU ? all : Object.assign({ GPU: all }, all);";

/** Views of tensors belong to the library's users; nothing in the page asks for one. */
const noViews = 'export default () => { throw new Error("the page has no ndarray"); };';

const types: Readonly<Record<string, string>> = { ".js": "text/javascript", ".json": "application/json", ".wasm": "application/wasm" };

/** Serves the page, the built package and its two libraries; resolves with what the page posts. */
const serve = (report: (reports: readonly Report[]) => void): Server =>
  createServer((request, response) => {
    const path = normalize(decodeURIComponent((request.url ?? "/").split("?")[0] ?? "/"));
    // Shared memory, and so threads, need an isolated page.
    const headers = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };
    const send = (status: number, type: string, body: string | Buffer): void => {
      response.writeHead(status, { ...headers, "Content-Type": type }).end(body);
    };
    if (request.method === "POST") {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        send(200, "text/plain", "");
        report(JSON.parse(Buffer.concat(chunks).toString()) as readonly Report[]);
      });
      return;
    }
    if (path === "/") return send(200, "text/html", page);
    if (path === "/gpu-module.js") return send(200, "text/javascript", shim);
    if (path === "/ndarray-module.js") return send(200, "text/javascript", noViews);
    if (path === "/gpu.js") return send(200, "text/javascript", readFileSync(join(packageRoot("gpu.js"), "dist", "gpu-browser.js")));
    const file = path.startsWith("/fp-ts/") ? join(packageRoot("fp-ts"), "es6", path.slice("/fp-ts/".length)) : join(root, path);
    const found = [file, `${file}.js`].find((name) => extname(name) !== "" && existsSync(name));
    if (found === undefined || !(path.startsWith("/fp-ts/") || path.startsWith("/dist/"))) return send(404, "text/plain", "");
    return send(200, types[extname(found)] ?? "application/octet-stream", readFileSync(found));
  });

describe.skipIf(missing !== null)(`headless Chromium${missing === null ? "" : `: ${missing}`}`, () => {
  const profile = mkdtempSync(join(tmpdir(), "mdr-chromium-"));
  const state: { server?: Server; browser?: ChildProcess; reports: readonly Report[] } = { reports: [] };
  beforeAll(async () => {
    state.reports = await new Promise<readonly Report[]>((resolve, reject) => {
      const server = serve(resolve);
      state.server = server;
      server.listen(0, "127.0.0.1", () => {
        const address = server.address();
        const port = typeof address === "object" && address !== null ? address.port : 0;
        const browser = spawn(
          chromium ?? "",
          [
            "--headless=new",
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--enable-unsafe-webgpu",
            "--enable-unsafe-swiftshader",
            "--use-webgpu-adapter=swiftshader",
            "--enable-features=Vulkan",
            `--user-data-dir=${profile}`,
            `http://127.0.0.1:${port}/`,
          ],
          { stdio: "ignore" },
        );
        browser.once("error", reject);
        browser.once("exit", (code) => reject(new Error(`Chromium ended with code ${code} before the page answered`)));
        state.browser = browser;
      });
    });
  }, 90_000);
  afterAll(async () => {
    const { browser, server } = state;
    if (browser !== undefined && browser.exitCode === null) {
      const ended = new Promise((resolve) => browser.once("exit", resolve));
      browser.kill();
      await ended;
    }
    server?.closeAllConnections();
    server?.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  });

  test.each(["webgpu", "webgl2", "webgl", "webasm", "cpu"])(
    "%s gives the reference's loss and gradients, or says why it is not here",
    (backend) => {
      const report = state.reports.find((one) => one.backend === backend);
      if (report === undefined) throw new Error(JSON.stringify(state.reports));
      if (report.reason !== undefined) {
        // A browser without WebGPU or WebGL is no fault of the engine; a backend that opened and then failed is.
        expect(report.reason).not.toMatch(/^failed/);
        process.stdout.write(`skipped in Chromium: ${report.reason}\n`);
        return;
      }
      process.stdout.write(`${backend} in Chromium on ${report.device}: error ${report.error}\n`);
      expect(report.ran).toBe(backend);
      // Float32 through a network, its loss and all its gradients, over the largest entry of each result.
      expect(report.error).toBeLessThan(5e-4);
    },
  );
  test("WebAssembly and plain JavaScript always run", () => {
    const ran = state.reports.filter(({ reason }) => reason === undefined).map(({ backend }) => backend);
    expect(ran).toEqual(expect.arrayContaining(["webasm", "cpu"]));
  });
});
