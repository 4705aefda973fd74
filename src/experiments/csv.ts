/** Every run of a recipe's tables as CSV, two lines a run: its final and its best epoch. Shares are from 0 to 1, unrounded. */
import type { Section, Tables } from "./section.js";

const cell = (value: string | number | undefined): string => {
  const text = value === undefined || Number.isNaN(value) ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
};

const line = (values: readonly (string | number | undefined)[]): string => values.map(cell).join(",");

const metricsIn = (sections: readonly Section[]): readonly string[] => [
  ...new Set(sections.flatMap(({ cells }) => cells.flatMap(({ outcome }) => (outcome?.kind === "done" ? Object.keys(outcome.final) : [])))),
];

export const tablesCsv = ({ recipe, sections }: Tables): string => {
  const metrics = metricsIn(sections);
  const head = ["recipe", "dataset", "scale", "row", "at", "seed", "cell", "state", "of", "epoch", ...metrics, "seconds", "why"];
  const rows = sections.flatMap(({ dataset, scale, cells }) =>
    cells.flatMap(({ id, row, at, seed, outcome }) => {
      const about = [recipe, dataset, scale, row, at, seed, id, outcome?.kind ?? "to come"];
      if (outcome?.kind !== "done") return [line([...about, "", "", ...metrics.map(() => ""), "", outcome?.why])];
      return (["final", "best"] as const).map((of) =>
        line([
          ...about,
          of,
          of === "final" ? outcome.epochs : outcome.bestEpoch,
          ...metrics.map((metric) => outcome[of][metric]),
          outcome.seconds,
          "",
        ]),
      );
    }),
  );
  return `${[line(head), ...rows].join("\n")}\n`;
};
