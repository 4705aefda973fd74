/** The version of this program, as its package says it. */
import { readFileSync } from "node:fs";
import { z } from "zod";

export const programVersion: string = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"))).version;
