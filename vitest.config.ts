import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { skippedReporter } from "./test/skipped.js";

/** Files that take longest, which begin first, so that no worker waits for another's at the end; those of the browser, which takes both cores, apart. */
const longest = [
  "browser/playground",
  "browser/verification-webgl",
  "published-networks",
  "terminal",
  "browser/verification",
  "golden-check",
  "extension",
  "browser/training",
  "package",
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const first = longest.flatMap((name) => sorted.filter(({ moduleId }) => moduleId.endsWith(`/test/${name}.test.ts`)));
    return [...first, ...sorted.filter((file) => !first.includes(file))];
  }
}

export default defineConfig({
  // The playground imports the library by its own name, as built; its tests take the sources.
  resolve: { alias: [{ find: /^#mdr\/(.*)\.js$/, replacement: `${import.meta.dirname}/src/$1.ts` }] },
  test: {
    include: ["properties/**/*.test.ts", "test/**/*.test.ts"],
    setupFiles: ["properties/setup.ts"],
    reporters: ["default", skippedReporter()],
    sequence: { sequencer: LongestFirst },
    testTimeout: 180_000,
    hookTimeout: 400_000,
    // What a page or a worker does in its own time takes longer on a busy machine than the second that is usual.
    expect: { poll: { timeout: 30_000 } },
    maxWorkers: 2,
  },
});
