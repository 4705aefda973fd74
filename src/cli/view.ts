/** What is seen of a grid while it is trained: a bar and a line a cell, and its table at the end; or a table that fills; or lines of JSON. */
import {
  type Carried,
  type Cell,
  type Scheduled,
  type Standing,
  type Watched,
  type WatchedRow,
  watchedAfter,
  watchedRows,
} from "../experiments/index.js";
import { failed } from "../faults/index.js";
import { inFlags } from "./finish.js";
import { percent, print, progress, say, table } from "./output.js";
import { leftText, placeOf } from "./places.js";
import { screen } from "./screen.js";

export interface View {
  readonly show: (scheduled: Scheduled) => void;
  /** Something to know beside the cells. */
  readonly note: (line: string) => void;
  readonly stop: () => void;
}

interface Seen {
  /** The recipe's name. */
  readonly name: string;
  readonly cells: readonly Cell[];
}

type Ended = Extract<Carried, { kind: "ended" }>;

const cameTo = ({ outcome }: Ended): string =>
  outcome.kind === "failed"
    ? `failed: ${inFlags(failed(outcome.why))}`
    : `recall@1 ${percent(outcome.final["recall@1"])} (${outcome.seconds.toFixed(0)} s)`;

/** A cell's end in a line, and what is left. */
const endLine = ({ name }: Seen, { outcomes, cells, secondsLeft }: Standing, event: Ended): string =>
  `${name}: ${outcomes.size} of ${cells} cells: ${placeOf(event.cell)}: ${cameTo(event)}${leftText(secondsLeft)}`;

/** The same for a machine. */
const endRecord = (event: Ended, { outcomes, cells, share, secondsLeft }: Standing): string =>
  JSON.stringify({ ...event, done: outcomes.size, cells, share, secondsLeft: secondsLeft ?? null });

const underwayText = ({ underway }: WatchedRow): string =>
  underway.map(({ share, by }) => `${Math.floor(100 * share)} %${by === undefined ? "" : ` ${by}`}`).join(", ");

const recallText = ({ recall, deviation }: WatchedRow): string =>
  `${percent(recall)}${deviation === undefined ? "" : ` ± ${(100 * deviation).toFixed(1)}`}`;

/** A row of the grid each: what came of it, and what `more` says of it. */
const rowsTable = (rows: readonly WatchedRow[], more: Readonly<Record<string, (row: WatchedRow) => string>>): string => {
  const points = rows.some(({ at }) => at !== undefined);
  const head = ["row", ...(points ? ["at"] : []), "done", "failed", "recall@1", ...Object.keys(more)];
  const body = rows.map((row) => [
    row.name,
    ...(points ? [String(row.at ?? "-")] : []),
    `${row.done} of ${row.cells}`,
    String(row.failed),
    recallText(row),
    ...Object.values(more).map((tell) => tell(row)),
  ]);
  return table([head, ...body]);
};

/** The table that fills, and a line about the whole below it. */
export const tableLines = (
  { name, cells }: Seen,
  { outcomes, cells: all, share, secondsLeft }: Standing,
  watched: Watched,
): readonly string[] => [
  ...rowsTable(watchedRows(cells, outcomes, watched), { "in training": (row) => underwayText(row) || "-" }).split("\n"),
  `${name}: ${outcomes.size} of ${all} cells, ${percent(share)}${leftText(secondsLeft)}`,
];

const tableView = (seen: Seen): View => {
  const shown = screen();
  let watched: Watched = new Map();
  return {
    show: ({ event, standing }) => {
      watched = watchedAfter(watched, event);
      if (event.kind === "ended" && event.outcome.kind === "failed") shown.note(`${placeOf(event.cell)}: ${cameTo(event)}`);
      if (event.kind !== "stopped") shown.draw(tableLines(seen, standing, watched), event.kind === "known" || event.kind === "ended");
    },
    note: shown.note,
    stop: () => {},
  };
};

const jsonView: View = {
  show: ({ event, standing }) => {
    if (event.kind === "ended") print(endRecord(event, standing));
  },
  note: say,
  stop: () => {},
};

const barView = (seen: Seen): View => {
  const bar = progress(seen.name);
  let newest: Standing | undefined;
  return {
    show: ({ event, standing }) => {
      newest = standing;
      if (event.kind === "progress" || event.kind === "began")
        bar.update(
          Math.floor(100 * standing.share),
          100,
          `% | ${standing.outcomes.size} of ${standing.cells} cells, now ${placeOf(event.cell)} |`,
        );
      if (event.kind === "ended" && (process.stderr.isTTY !== true || event.outcome.kind === "failed")) say(endLine(seen, standing, event));
    },
    note: say,
    stop: () => {
      bar.stop();
      if (newest !== undefined) print(rowsTable(watchedRows(seen.cells, newest.outcomes, new Map()), {}));
    },
  };
};

export const viewOf = (seen: Seen, { json, watch }: { readonly json: boolean; readonly watch: boolean }): View =>
  json ? jsonView : watch ? tableView(seen) : barView(seen);
