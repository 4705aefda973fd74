/** `mdr data check`: whether a data set is there, whole and as its authors publish it. */
import type { Command } from "commander";
import * as E from "fp-ts/lib/Either.js";
import { type Checked, type CheckedPart, checkDataset, datasets, handoutLayout } from "../datasets/index.js";
import { type Fault, failed, listed, misused } from "../faults/index.js";
import { suggestion } from "../settings/index.js";
import { exitCodes, finish, inFlags } from "./finish.js";
import { settingsFrom, withSettings } from "./options.js";
import { print, table } from "./output.js";

const names = Object.keys(datasets);

const known = Object.entries(datasets)
  .map(([name, { about }]) => `  ${name.padEnd(8)} ${about}`)
  .join("\n");

const rowOf = ({ part, pictures, classes, published }: CheckedPart): readonly string[] => [
  part,
  String(pictures),
  String(classes),
  ...(published === undefined ? ["-", "-"] : [String(published.pictures), String(published.classes)]),
];

const shownOf = (count: number, what: string, lines: readonly string[]): readonly string[] =>
  count === 0 ? [] : [`${count} ${what}:${listed(lines, 5)}`];

/** Everything found, for people. */
const told = (name: string, { root, parts, leftOut, unlabelled, archives, absent, remarks }: Checked): string =>
  [
    `${name} in ${root}`,
    table([["part", "pictures", "classes", "published: pictures", "classes"], ...parts.map(rowOf)]),
    ...archives.map(({ path, md5, published }) =>
      md5 === published ? `${path}: its MD5 is as published` : `${path}: its MD5 is ${md5}, and ${published} is published: fetch it again`,
    ),
    ...absent.map((file) => `${file} is not here: its MD5 was not compared`),
    ...shownOf(
      leftOut.length,
      "missing or of no use",
      leftOut.map(({ path, why }) => `${path}: ${why}`),
    ),
    ...shownOf(unlabelled.length, "picture(s) in no list", unlabelled),
    ...remarks.map((what) => inFlags({ where: "", what, remedy: "" })),
  ].join("\n");

/** What ends the command with 1. */
const shortcoming = ({ root, leftOut, handout }: Checked): Fault =>
  leftOut.length > 0
    ? failed(`${leftOut.length} missing or of no use${handout === undefined ? "" : `: ${handoutLayout(root, handout)}`}`, { where: root })
    : failed("not as it is published: see above", { where: root });

const check = async (name: string, folder: string, flags: Readonly<Record<string, unknown>>): Promise<E.Either<Fault, void>> => {
  if (!names.includes(name)) return E.left(misused(`there is no data set ${name}: ${suggestion(name, names)}`));
  const settings = settingsFrom({ ...flags, dataset: name, data: folder });
  if (E.isLeft(settings)) return settings;
  const checked = await checkDataset(settings.right)();
  if (E.isLeft(checked)) return checked;
  const { handout: _, ...found } = checked.right;
  print(flags.json === true ? JSON.stringify({ dataset: name, ...found }, null, 2) : told(name, checked.right));
  return checked.right.complete ? E.right(undefined) : E.left(shortcoming(checked.right));
};

export const checkCommand = (data: Command): Command =>
  withSettings(["trainShare", "classOrder"])(
    data
      .command("check <name> <folder>")
      .summary("say whether a data set is there, whole and as published")
      .description(
        "Counts pictures and classes of each part and compares them with what is published, looks for every file of its list, and compares the MD5 of archives that lie beside it.",
      )
      .option("--json", "print JSON"),
  )
    .addHelpText(
      "after",
      `\nData sets:\n${known}\n\nExamples:\n  mdr data check cub200 data\n  mdr data check list photos/list.csv --json\n${exitCodes}`,
    )
    .action((name: string, folder: string, flags: Readonly<Record<string, unknown>>) => finish(() => check(name, folder, flags)));
