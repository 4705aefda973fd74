/** The process that `npm run bench -- evaluation` measures: `node evaluationOurs.js <file> <rows> <width>`. */
import { readFileSync } from "node:fs";
import { evaluated } from "#mdr/evaluate/index.js";
import type { EvaluationMeasured } from "./evaluation.js";
import { must } from "./step.js";

const [file = "", size = "0", length = "0"] = process.argv.slice(2);
const [rows, width] = [Number(size), Number(length)];
const { buffer, byteOffset } = readFileSync(file);
const data = new Float32Array(buffer, byteOffset, rows * width);
const labels = new Int32Array(buffer, byteOffset + data.byteLength, rows);

const started = performance.now();
const { scores } = await must(evaluated({ shape: [rows, width], data }, labels, { ranks: [1, 10, 100, 1000] }));
const measured: EvaluationMeasured = {
  seconds: (performance.now() - started) / 1000,
  peak_mib: process.resourceUsage().maxRSS / 1024,
  scores,
};
process.stdout.write(JSON.stringify(measured));
