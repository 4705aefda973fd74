// `node tools/screenshots.js PAGE.html FOLDER`: pictures of a page as it opens from the disk, at a desktop's and a phone's width, light and dark.
// `--only desktop-light` takes one, `--height 1200` no more than that of it, `--from .atlas` begins there, and `--scale 0.5` makes it smaller.
// `node tools/screenshots.js --playground FOLDER`: the same of the playground (`npm run web:build` first), after `--steps 200` of training.
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { folderSite } from "./web/site.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: "string" },
    height: { type: "string" },
    from: { type: "string" },
    scale: { type: "string", default: "1" },
    playground: { type: "boolean", default: false },
    query: { type: "string", default: "" },
    steps: { type: "string", default: "200" },
  },
});
const [page, folder = "screenshots"] = values.playground ? [undefined, ...positionals] : positionals;
const executablePath = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
  (path) => path !== undefined && existsSync(path),
);
const playground = join(dirname(fileURLToPath(import.meta.url)), "..", "dist", "playground");

const complain = (line) => {
  process.stderr.write(`screenshots: ${line}\n`);
  process.exit(2);
};
if (values.playground && !existsSync(join(playground, "index.html")))
  complain("the playground is not built: run `npm run web:build` first");
if (!values.playground && (page === undefined || !existsSync(page)))
  complain("give a page: node tools/screenshots.js runs/photos/report.html FOLDER");
if (executablePath === undefined) complain("no Chromium here (Debian: apt-get install chromium; or set CHROMIUM to its path)");

const widths = { desktop: 1100, phone: 390 };
mkdirSync(folder, { recursive: true });
const server = folderSite({ folder: playground });
if (values.playground) await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const address = values.playground ? `http://127.0.0.1:${server.address().port}/?${values.query}` : pathToFileURL(resolve(page)).href;

/** Trains so far, and waits until the page has drawn it. */
const trained = async (opened) => {
  const state = opened.locator("#transport [role=status]");
  await state.filter({ hasText: "Paused" }).waitFor({ state: "attached" });
  await opened.getByRole("button", { name: "Train", exact: true }).click();
  await opened.waitForFunction(
    (steps) => Number(/step (\d+)/.exec(document.querySelector("#transport input[type=range]").getAttribute("aria-valuetext"))[1]) >= steps,
    Number(values.steps),
    { timeout: 300_000 },
  );
  await opened.getByRole("button", { name: "Pause", exact: true }).click();
  await state.filter({ hasText: "Paused" }).waitFor({ state: "attached" });
  await opened.waitForTimeout(4000);
};

const browser = await chromium.launch({ executablePath, args: ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage"] });
for (const [device, width] of Object.entries(widths))
  for (const colorScheme of ["light", "dark"]) {
    const name = `${device}-${colorScheme}`;
    if (values.only !== undefined && values.only !== name) continue;
    const height = Number(values.height ?? 900);
    const opened = await browser.newPage({ colorScheme, viewport: { width, height }, deviceScaleFactor: Number(values.scale) });
    await opened.goto(address);
    if (values.playground) await trained(opened);
    if (values.from !== undefined)
      await opened
        .locator(values.from)
        .first()
        .evaluate((element) => element.scrollIntoView());
    const path = join(folder, values.playground ? `playground-${name}.png` : `${name}.png`);
    await opened.screenshot({ path, fullPage: values.height === undefined });
    process.stdout.write(`wrote ${path}\n`);
    await opened.close();
  }
await browser.close();
server.close();
