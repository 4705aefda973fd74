/** Headless Chromium on pages served from this repository: what the browser tests share. */
import { existsSync } from "node:fs";
import type { Server } from "node:http";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { expect, type TestContext } from "vitest";
import { noChromium } from "../../bench/chromium.js";
import { importMap, site } from "../../docs/browser/serve.js";
import { unless } from "../missing.js";
import { launchChromium } from "./launch.js";

const root = join(import.meta.dirname, "..", "..");

/** Why there is nothing to test in here; "" where there is. */
const missing =
  noChromium !== "" ? noChromium : existsSync(join(root, "dist", "browser.js")) ? "" : "the package is not built (npm run build)";

/** Options of a group of tests in Chromium: skipped where there is nothing to test in. */
export const inChromium = unless(missing);

export interface Visit {
  readonly page: Page;
  /** What `name`, exported by a module of test/browser/pages, gives for these arguments in the page. */
  readonly call: <R>(module: string, name: string, ...given: readonly unknown[]) => Promise<R>;
  /** What the page reported as errors: scripts that failed, addresses that were not there. */
  readonly errors: readonly string[];
}

export interface Session {
  /** A new page, at this path of a server of its own; without a path, a blank one with the import map of the example in docs/. */
  readonly visit: (settings?: Parameters<typeof site>[0] & { readonly path?: string }) => Promise<Visit>;
  /** A new page of its own, still blank. */
  readonly blank: (options?: Parameters<Browser["newContext"]>[0]) => Promise<Visit>;
  /** A new page from a file on the disk, with every request that it made, data of its own left out. */
  readonly open: (file: string, options?: Parameters<Browser["newPage"]>[0]) => Promise<Visit & { readonly requests: readonly string[] }>;
  readonly close: () => Promise<void>;
}

/** Backends that every browser has; the others may be missing, with a reason. */
const everywhere: readonly string[] = ["reference", "wasm", "webasm", "cpu"];

/** Skips a test of a backend that this browser does not have, saying why; one that every browser has may not be missing. */
export const skipMissing = (context: TestContext, backend: string, reason: string): never => {
  expect(everywhere, `${backend}: ${reason}`).not.toContain(backend);
  return context.skip(reason);
};

/** Listens where there is room, and says at which address. */
export const listening = (server: Server): Promise<string> =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(`http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`);
    });
  });

/** Servers of tests: where each listens, and the end of all. */
export const serving = (): { readonly at: (server: Server) => Promise<string>; readonly close: () => Promise<void> } => {
  const servers: Server[] = [];
  return {
    at: (server) => {
      servers.push(server);
      return listening(server);
    },
    close: async () => {
      for (const server of servers) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
};

const visited = (page: Page): Visit => {
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  return {
    page,
    // As text: a test runner rewrites the imports of a function, and the page would not know what to.
    call: (module, name, ...given) =>
      page.evaluate(`import("/test/browser/pages/${module}.js").then((module) => module.${name}(...${JSON.stringify(given)}))`),
    errors,
  };
};

const blankPage = "/test/browser/pages/blank.html";

export const startSession = async (): Promise<Session> => {
  const browser: Browser = await launchChromium();
  const hosts = serving();
  return {
    visit: async ({ path = blankPage, ...settings } = {}) => {
      const address = await hosts.at(site(settings));
      const visit = visited(await browser.newPage());
      await visit.page.goto(`${address}${path}`);
      if (path === blankPage) await visit.page.addScriptTag({ type: "importmap", content: JSON.stringify(await importMap()) });
      return visit;
    },
    blank: async (options) => visited(await (await browser.newContext(options)).newPage()),
    open: async (file, options) => {
      const visit = visited(await browser.newPage(options));
      const requests: string[] = [];
      visit.page.on("request", (request) => {
        if (!request.url().startsWith("data:")) requests.push(request.url());
      });
      await visit.page.goto(pathToFileURL(file).href);
      return { ...visit, requests };
    },
    close: async () => {
      await browser.close();
      await hosts.close();
    },
  };
};
