// `npm run web:build`: the playground as a static page in dist/playground/, to be put on any host; and what of it a visit loads.
// `npm run web`: the same, served at http://127.0.0.1:8081/ with the headers that allow threads; `-- --plain` without them, `-- --port 9000` elsewhere.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { buildPage, isBuilt } from "./web/bundle.js";
import { folderSite } from "./web/site.js";
import { tableOf } from "./web/weights.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** @param {string} line */
const complain = (line) => {
  process.stderr.write(`web: ${line}\n`);
  process.exit(2);
};

const asked = () => {
  try {
    return parseArgs({
      options: { "build-only": { type: "boolean" }, plain: { type: "boolean" }, port: { type: "string", default: "8081" } },
    }).values;
  } catch (thrown) {
    return complain(thrown instanceof Error ? thrown.message : String(thrown));
  }
};
const values = asked();
const port = Number(values?.port);
if (!Number.isInteger(port) || port < 0 || port > 65_535) complain(`--port ${values?.port}: a number from 0 to 65535, please`);
if (!isBuilt(root)) complain("the library is not built: run `npm run build` first");
const weights = await buildPage(root);
if (values?.["build-only"]) process.stdout.write(tableOf(weights));
else
  folderSite({ folder: join(root, "dist", "playground"), isolated: !values?.plain })
    .once("error", ({ message }) => complain(`cannot serve on port ${port} (${message}): choose another with --port 8082`))
    .listen(port, "127.0.0.1", function () {
      const address = this.address();
      const here = typeof address === "object" && address !== null ? address.port : port;
      process.stdout.write(
        `http://127.0.0.1:${here}/ ${values?.plain ? "without isolation: one thread" : "with isolation: threads, one less than there are processors"}\n`,
      );
    });
