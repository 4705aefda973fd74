import { defineConfig } from "vitest/config";
import { skippedReporter } from "./test/skipped.js";

export default defineConfig({
  test: {
    include: ["properties/**/*.test.ts", "test/**/*.test.ts"],
    setupFiles: ["properties/setup.ts"],
    reporters: ["default", skippedReporter()],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    maxWorkers: 2,
  },
});
