/** Where Chromium is. */
import { existsSync } from "node:fs";

export const executablePath = [process.env["CHROMIUM"], "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
  (path) => path !== undefined && existsSync(path),
);

/** Why there is none; "" where there is one. */
export const noChromium =
  executablePath === undefined ? "no Chromium here (Debian: apt-get install chromium; or set CHROMIUM to its path)" : "";
