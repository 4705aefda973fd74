/** The tables and figures of a grid as files, written anew whenever a cell has ended. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { classCentres, tsne } from "../evaluate/index.js";
import {
  type Cell,
  cellFolder,
  curveLines,
  type Published,
  pointLines,
  type Recipe,
  type Section,
  sampledOf,
  type Tables,
  tablesCsv,
  tablesMarkdown,
  tablesRecord,
  withSection,
} from "../experiments/index.js";
import type { Fault } from "../faults/index.js";
import { readRecord, recordText, writeWhole } from "../files/index.js";
import { linePlot, type ScatterPanel, scatterPlot, svgOf } from "../report/index.js";
import { loadCheckpoint } from "../runs/index.js";
import { at } from "../tensor/index.js";
import { cellSettings, cellSources } from "./cell.js";
import { inFlags } from "./finish.js";
import { embedWith, note, withEngine } from "./session.js";

/** The first section's figure has the recipe's name, the others a number too. */
const figureFile = ({ recipe }: Pick<Tables, "recipe">, index: number): string =>
  index === 0 ? `${recipe}.svg` : `${recipe}-${index + 1}.svg`;

/** A section's figure, where its recipe shows one and something is there to be shown. */
const figureOf = async ({ title, shows }: Tables, section: Section): Promise<string | undefined> => {
  if (shows !== "points" && shows !== "curves") return undefined;
  const lines = shows === "points" ? pointLines(section) : curveLines(section);
  if (lines.every(({ points }) => points.length === 0)) return undefined;
  const x = shows === "points" ? { title: section.axis ?? "", doubling: true } : { title: "epoch" };
  const sampled = sampledOf(section);
  const dashes = shows === "curves" && sampled !== undefined ? `dashed: ${sampled} training pictures` : undefined;
  return svgOf(linePlot({ title: `${title} (${section.dataset})`, x, y: { title: "Recall@1" }, lines, dashes }));
};

/** What another run of the recipe left in the folder; where it cannot be read, this run's section begins anew. */
const before = (path: string): Tables | undefined => {
  if (!existsSync(path)) return undefined;
  const found = readRecord(path, tablesRecord);
  if (E.isRight(found)) return found.right;
  note([`${inFlags(found.left)}: its other data sets are left out until they are run again`]);
  return undefined;
};

export interface Written {
  readonly tables: Tables;
  readonly files: readonly string[];
}

/** NAME.md, NAME.json, NAME.csv, and NAME.svg for a figure. */
export const writeTables =
  (out: string, recipe: Recipe, section: Section, published: Published | undefined): TE.TaskEither<Fault, Written> =>
  async () => {
    const path = (ending: string): string => join(out, `${recipe.name}.${ending}`);
    const tables = withSection(before(path("json")), recipe, section);
    const index = tables.sections.indexOf(section);
    const svg = await figureOf(tables, section);
    const own = join(out, figureFile(tables, index));
    const figures = tables.sections.map((_, place) => {
      const file = figureFile(tables, place);
      return (place === index && svg !== undefined) || existsSync(join(out, file)) ? file : undefined;
    });
    return pipe(
      [
        ...(svg === undefined ? [] : [[own, svg] as const]),
        [path("json"), recordText(tables, tablesRecord)] as const,
        [path("csv"), tablesCsv(tables)] as const,
        [path("md"), tablesMarkdown(tables, published, figures)] as const,
      ],
      E.traverseArray(([file, text]) => writeWhole(file, text)),
      E.map((files) => ({ tables, files })),
    );
  };

/** Where the classes of one cell's data lie in a plane, by its last checkpoint. */
const panelOf = (out: string, cell: Cell, fingerprint: string): TE.TaskEither<Fault, ScatterPanel> => {
  const folder = cellFolder(out, cell);
  return pipe(
    TE.fromEither(cellSettings(out, cell)),
    TE.bindTo("settings"),
    TE.bind("checkpoint", () => TE.fromEither(loadCheckpoint(folder))),
    TE.bind("sources", ({ settings }) => cellSources(settings, fingerprint)),
    TE.chain(({ settings, checkpoint, sources }) => async () => {
      const quiet = { quiet: true };
      const embedded = await withEngine(settings, quiet, (engine) => embedWith(engine, checkpoint, folder, sources.query, quiet))();
      await sources.close();
      return pipe(
        embedded,
        E.map((embeddings): ScatterPanel => {
          const { shape, data } = tsne(classCentres(embeddings, sources.query.labels), { seed: 1 });
          return { name: cell.row, places: Array.from({ length: shape[0] ?? 0 }, (_, row) => [at(data, 2 * row), at(data, 2 * row + 1)]) };
        }),
      );
    }),
  );
};

/** Figure 3: a panel a row, of the first seed that came to an end. */
export const writeCentres = (
  out: string,
  tables: Tables,
  section: Section,
  cells: readonly Cell[],
  fingerprint: string,
): TE.TaskEither<Fault, string> => {
  const done = new Set(section.cells.flatMap(({ id, outcome }) => (outcome?.kind === "done" ? [id] : [])));
  const chosen = section.rows.flatMap(({ name }) => cells.find(({ row, id }) => row === name && done.has(id)) ?? []);
  const file = join(out, figureFile(tables, tables.sections.indexOf(section)));
  return pipe(
    chosen,
    TE.traverseSeqArray((cell) => panelOf(out, cell, fingerprint)),
    TE.chain((panels) => async () => {
      const title = `${tables.title} (${section.dataset}, final epoch, seed ${chosen[0]?.seed ?? "-"})`;
      const places = { perplexity: 30, seed: 1, panels };
      return pipe(
        writeWhole(file.replace(/svg$/, "places.json"), `${JSON.stringify(places, null, 2)}\n`),
        E.chain(() => E.right(svgOf(scatterPlot(title, panels)))),
        TE.fromEither,
        TE.chain((svg) => TE.fromTask(() => svg)),
        TE.chainEitherK((svg) => writeWhole(file, svg)),
      )();
    }),
  );
};
