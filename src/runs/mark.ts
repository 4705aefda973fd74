/** By its first words a page is known for one of ours: a run may write over it. */
import * as E from "fp-ts/lib/Either.js";
import { readText } from "../files/index.js";
import { reportFile } from "./names.js";

/** What a page about runs begins with. */
export const reportMark = "<!doctype html>\n<!-- A report of runs, made by mdr. -->\n";

/** Whether the report in a folder was made of runs. */
export const isOurReport = (folder: string): boolean => {
  const text = readText(reportFile(folder));
  return E.isRight(text) && text.right.startsWith(reportMark);
};
