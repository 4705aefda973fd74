/** Where this program is, for those that start it anew. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const thisProgram = join(fileURLToPath(new URL("../../bin/", import.meta.url)), "mdr.js");
