/** Where the compiled program of a worker thread is. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** In the same tree when this file is compiled itself, in dist when it runs from its TypeScript source. */
export const workerPath = (name: string): string | undefined => {
  const here = import.meta.url;
  const path = fileURLToPath(new URL(here.endsWith(".ts") ? `../../dist/${name}.js` : `../${name}.js`, here));
  return existsSync(path) ? path : undefined;
};
