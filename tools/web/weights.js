// What a visit of the playground loads, gzipped: the page's programs, styles and engines. The source that explanations lead to and the
// kernels for other browsers are kept for use offline too, but loaded behind the page; licences are for readers.

/** @typedef {import("./bundle.js").Weight} Weight */

/** Gzipped bytes that a visit may load, engines and all. */
export const visitLimit = 400_000;

/**
 * Of the kernels a page loads the one binary that suits its memory and its runtime: here the largest.
 * @param {readonly Weight[]} weights
 */
const ofVisit = (weights) => {
  const isKernels = (/** @type {Weight} */ { file }) => /^kernels(?:-\w+)*\.wasm$/.test(file);
  const [largest] = weights.filter(isKernels).toSorted((one, other) => other.gzipped - one.gzipped);
  return weights.filter(
    (weight) =>
      !weight.file.startsWith("source/") &&
      weight.file !== "source.css" &&
      !weight.file.endsWith(".LEGAL.txt") &&
      (weight === largest || !isKernels(weight)),
  );
};

/** @param {readonly Weight[]} weights */
export const visitBytes = (weights) => ofVisit(weights).reduce((sum, { gzipped }) => sum + gzipped, 0);

/** @param {number} bytes */
const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(11);

/** @param {readonly Weight[]} weights */
export const tableOf = (weights) => {
  const visit = ofVisit(weights).toSorted((one, other) => other.gzipped - one.gzipped);
  const behind = weights.filter(({ file }) => file.startsWith("source/"));
  const line = (/** @type {string} */ name, /** @type {number} */ bytes, /** @type {number} */ gzipped) =>
    `  ${name.padEnd(36)}${kilobytes(bytes)}${kilobytes(gzipped)}`;
  const total = (/** @type {string} */ name, /** @type {readonly Weight[]} */ some) =>
    line(
      name,
      some.reduce((sum, { bytes }) => sum + bytes, 0),
      some.reduce((sum, { gzipped }) => sum + gzipped, 0),
    );
  return [
    "dist/playground: a static page, for any host",
    `  ${"".padEnd(36)}${"".padStart(11)}${"gzipped".padStart(11)}`,
    ...visit.map(({ file, bytes, gzipped }) => line(file, bytes, gzipped)),
    total("all that a visit loads", visit),
    total(`source pages (${behind.length})`, behind),
    "",
  ].join("\n");
};
