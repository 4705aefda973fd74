/** `mdr verify` in a page: every formula against PyTorch, differences and the reference, on several engines at once. */
import { parseGoldens, verifyAgainst } from "mdr-ts";
import { openBackend, right } from "./backends.js";

/**
 * @typedef {{ readonly missing: Readonly<Record<string, string>>, readonly checks: readonly import("mdr-ts").Check[], readonly seconds: number }} Verified
 */

/** @param {string} file */
const goldensOf = async (file) => right(parseGoldens(file, await (await fetch(`/golden/${file}.json`)).text()));

/** What stands beside the paper's formulas, each made of kernels that those use too. @param {string} formula */
const isBeside = (formula) => /^(?:loss|miner|regularizer) /.test(formula);

/**
 * Together, because finding the numbers that they are held against takes longer than most engines do.
 *
 * @param {readonly import("./backends.js").BackendName[]} backends
 * @param {readonly string[]} files of golden/
 * @param {"every case" | "first cases"} cases of the paper's formulas and of layers: all golden ones, and the first of what stands beside them; or
 *   the first alone, and nothing of what stands beside
 * @returns {Promise<Verified>}
 */
export const verified = async (backends, files, cases) => {
  const all = (await Promise.all(files.map(goldensOf))).flat();
  const isFirst = (/** @type {string} */ formula, /** @type {number} */ index) =>
    all.findIndex((other) => other.formula === formula) === index;
  const goldens = all.filter(({ formula }, index) =>
    cases === "every case" ? !isBeside(formula) || isFirst(formula, index) : !isBeside(formula) && isFirst(formula, index),
  );
  const tried = await Promise.all(backends.map(async (name) => /** @type {const} */ ([name, await openBackend(name)])));
  const opened = tried.flatMap(([, result]) => ("reason" in result ? [] : [result]));
  const started = performance.now();
  const { checks } = await verifyAgainst(goldens)(
    opened.map(({ engine }) => engine),
    () => undefined,
  );
  const seconds = (performance.now() - started) / 1000;
  for (const { close } of opened) await close();
  const missing = Object.fromEntries(tried.flatMap(([name, result]) => ("reason" in result ? [[name, result.reason]] : [])));
  return { missing, checks, seconds };
};
