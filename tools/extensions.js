// What an extension touches: its one file, the one line in its registry, and a formula's golden. test/extension.test.ts does it with the
// toys of test/extensions/; tools/rooms.js writes the table of docs/extending.md.

/**
 * @type {readonly { readonly what: string, readonly toy: string, readonly file: string, readonly index: string, readonly line: string, readonly golden?: string, readonly use: string }[]}
 */
export const extensions = [
  {
    what: "a loss",
    toy: "loss.ts.txt",
    file: "src/metric/losses/toy.ts",
    index: "src/metric/losses/index.ts",
    line: 'export { loss as toy } from "./toy.js";',
    golden: "golden/losses/toy.json",
    use: "--loss toy",
  },
  {
    what: "a backbone",
    toy: "backbone.ts.txt",
    file: "src/nn/backbones/toy.ts",
    index: "src/nn/backbones/index.ts",
    line: 'export { backbone as toy } from "./toy.js";',
    use: "--backbone toy",
  },
  {
    what: "a kind of data set",
    toy: "dataset.ts.txt",
    file: "src/datasets/kinds/toy.ts",
    index: "src/datasets/kinds/index.ts",
    line: 'export { kind as toy } from "./toy.js";',
    use: "--dataset toy",
  },
  {
    what: "an engine",
    toy: "engine.ts.txt",
    file: "src/engines/toy.ts",
    index: "src/engines/openers.ts",
    line: 'export { toyOpener as toy } from "./toy.js";',
    use: "--engine toy",
  },
  {
    what: "an exporter",
    toy: "exporter.ts.txt",
    file: "src/export/formats/toy.ts",
    index: "src/export/formats/index.ts",
    line: 'export { exporter as toy } from "./toy.js";',
    use: "mdr embed RUN FOLDER --to x.toy",
  },
];
