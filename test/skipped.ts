/** A reporter for the end of a run: every test that was skipped, under the reason that it gave. */
import type { Reporter, TestCase, TestModule, Vitest } from "vitest/node";

const reasonOf = (test: TestCase): string | undefined => {
  const result = test.result();
  return (result.state === "skipped" ? result.note : undefined) ?? test.meta().skipped;
};

interface Skipped {
  readonly name: string;
  readonly reason: string | undefined;
}

/** What to print; nothing where all tests ran. Tests that a filter left out (`vitest -t`) have no reason and are not meant. */
const skippedLines = (tests: readonly Skipped[], filtered: boolean): readonly string[] => {
  const meant = tests.filter(({ reason }) => reason !== undefined || !filtered);
  const reasons = [...new Set(meant.map(({ reason }) => reason))];
  return meant.length === 0
    ? []
    : [
        `Skipped, and why: ${meant.length}`,
        ...reasons.flatMap((reason) => [
          `  ${reason?.replaceAll("\n", " ") ?? "NO REASON GIVEN"}`,
          ...meant.filter((one) => one.reason === reason).map(({ name }) => `    ${name}`),
        ]),
      ];
};

export const skippedReporter = (): Reporter => {
  let vitest: Vitest | undefined;
  return {
    onInit: (own) => {
      vitest = own;
    },
    onTestRunEnd: (modules: readonly TestModule[]) => {
      const tests = modules.flatMap((module) =>
        [...module.children.allTests("skipped")].map((test) => ({
          name: `${module.relativeModuleId} > ${test.fullName}`,
          reason: reasonOf(test),
        })),
      );
      const filtered = vitest?.config.testNamePattern !== undefined;
      for (const line of skippedLines(tests, filtered)) vitest?.logger.log(line);
    },
  };
};
