// `node tools/start.js DIR`: makes weights/species.safetensors, which `--weights species` begins with: draws species into DIR, trains the compact
// network on them and keeps the network alone. 25 minutes of a core; what DIR holds already is gone on with.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { loadCheckpoint, weightsFrom } from "../dist/runs/index.js";
import { encodeTensors } from "../dist/weights/index.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** The network, as another run must have it to begin with these weights. */
const network = ["backbone", "embedding", "width", "depth", "pooled", "imageSize"];

/** @param {readonly string[]} args */
const mdr = (...args) => {
  const { status } = spawnSync(process.execPath, [join(root, "bin", "mdr.js"), ...args], { stdio: ["ignore", 2, 2] });
  if (status !== 0) process.exit(status ?? 1);
};

const [given] = process.argv.slice(2);
if (given === undefined) {
  process.stderr.write("start: give a folder for the species and the run: node tools/start.js DIR\n");
  process.exit(2);
}
const [species, run] = [join(resolve(given), "species"), join(resolve(given), "run")];
mdr("data", "make", "--out", species, "--classes", "960", "--images-per-class", "24", "--size", "64", "--seed", "1");
const plan = ["--train-share", "0.96", "--epochs", "12", "--iterations", "500", "--decay-steps", "8,10", "--pooled", "every"];
if (existsSync(join(run, "last.json"))) mdr("train", "--resume", run, "--engine", "wasm", "--no-report");
else mdr("train", "--data", species, "--out", run, ...plan, "--engine", "wasm", "--no-report");

/** @param {string} why @returns {never} */
const failed = (why) => {
  process.stderr.write(`start: ${why}\n`);
  process.exit(1);
};
const found = loadCheckpoint(run);
if (found._tag === "Left") failed(found.left.message);
const own = weightsFrom(run, found.right.record.settings);
if (own._tag === "Left") failed(own.left.message);
/** @type {Readonly<Record<string, unknown>>} */
const settings = found.right.record.settings;
const said = { settings: Object.fromEntries(network.map((name) => [name, settings[name]])) };
mkdirSync(join(root, "weights"), { recursive: true });
writeFileSync(
  join(root, "weights", "species.safetensors"),
  encodeTensors({ tensors: own.right.tensors, metadata: { mdr: JSON.stringify(said) } }, "F32"),
);
