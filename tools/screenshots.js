// `node tools/screenshots.js PAGE.html FOLDER`: pictures of a page as it opens from the disk, at a desktop's and a phone's width, light and dark.
// `--only desktop-light` takes one, `--height 1200` no more than that of it, `--from .atlas` begins there, and `--scale 0.5` makes it smaller.
import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: "string" }, height: { type: "string" }, from: { type: "string" }, scale: { type: "string", default: "1" } },
});
const [page, folder = "screenshots"] = positionals;
const executablePath = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
  (path) => path !== undefined && existsSync(path),
);

const complain = (line) => {
  process.stderr.write(`screenshots: ${line}\n`);
  process.exit(2);
};
if (page === undefined || !existsSync(page)) complain("give a page: node tools/screenshots.js runs/photos/report.html FOLDER");
if (executablePath === undefined) complain("no Chromium here (Debian: apt-get install chromium; or set CHROMIUM to its path)");

const widths = { desktop: 1100, phone: 390 };
mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({ executablePath, args: ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage"] });
for (const [device, width] of Object.entries(widths))
  for (const colorScheme of ["light", "dark"]) {
    const name = `${device}-${colorScheme}`;
    if (values.only !== undefined && values.only !== name) continue;
    const height = Number(values.height ?? 900);
    const opened = await browser.newPage({ colorScheme, viewport: { width, height }, deviceScaleFactor: Number(values.scale) });
    await opened.goto(pathToFileURL(resolve(page)).href);
    if (values.from !== undefined)
      await opened
        .locator(values.from)
        .first()
        .evaluate((element) => element.scrollIntoView());
    const path = join(folder, `${name}.png`);
    await opened.screenshot({ path, fullPage: values.height === undefined });
    process.stdout.write(`wrote ${path}\n`);
    await opened.close();
  }
await browser.close();
