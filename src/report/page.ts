/**
 * A report as one page that holds all it shows: no address but its own, no script but one, whose hash the page's policy names. Its numbers
 * are in it as JSON.
 */
import { createHash } from "node:crypto";
import { programVersion } from "../files/index.js";
import { reportMark } from "../runs/index.js";
import { comparedFigure } from "./curves.js";
import type { Group, Sample } from "./groups.js";
import { inScript, inText, shareText, tableOf, tag, textTag } from "./html.js";
import { pageScript } from "./script.js";
import { chartFigure, runSection } from "./sections.js";
import type { Report } from "./story.js";
import { pageStyle } from "./style.js";
import { noThumbs, storeOf, type Thumbs } from "./thumbs.js";

/** Where the page's JSON is. */
export const dataId = "report-data";

const policy = (): string => {
  const hash = createHash("sha256").update(pageScript).digest("base64");
  return `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
};

const sampleText = (sample: Sample | undefined): string =>
  sample === undefined
    ? "-"
    : sample.deviation === undefined
      ? shareText(sample.mean)
      : `${shareText(sample.mean)} (${(100 * sample.deviation).toFixed(1)})`;

const groupTable = (groups: readonly Group[]): string =>
  tableOf(
    "Means over seeds, the deviation of the sample in brackets, in percent",
    ["runs", "seeds", "Recall@1 before", "Recall@1, last epoch", "Recall@1, best epoch", "MAP@R, last epoch"],
    groups.map(({ name, members, before, final, best }) => [
      inText(name),
      String(members.length),
      ...[before["recall@1"], final["recall@1"], best["recall@1"], final["map@r"]].map(sampleText),
    ]),
  );

const compared = ({ runs, groups }: Report): string =>
  runs.length < 2
    ? ""
    : tag(
        "section",
        { id: "compared" },
        textTag("h2", "Side by side"),
        groupTable(groups),
        chartFigure(comparedFigure(groups).chart),
        textTag(
          "p",
          "Runs that differ in their seed alone are one row and one line. A best epoch is chosen on what it is scored on: optimistic.",
          {
            class: "soft",
          },
        ),
      );

const navigation = ({ runs }: Report): string =>
  runs.length < 2
    ? ""
    : tag(
        "nav",
        { "aria-label": "Runs" },
        tag(
          "ul",
          {},
          tag("li", {}, textTag("a", "Side by side", { href: "#compared" })),
          ...runs.map(({ name }, index) => tag("li", {}, textTag("a", name, { href: `#run-${index}` }))),
        ),
      );

/** The page; `thumbs` are of the runs, in their order. */
export const pageOf = (report: Report, thumbs: readonly Thumbs[] = []): string => {
  const { runs } = report;
  const title = runs.length === 1 ? `${runs[0]?.name ?? ""}: a run of ${runs[0]?.method ?? ""}` : `${runs.length} runs`;
  return [
    `${reportMark}<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">`,
    `<meta http-equiv="Content-Security-Policy" content="${policy()}">`,
    `<link rel="icon" href="data:,">${textTag("title", title)}<style>${pageStyle}</style></head><body>`,
    tag(
      "header",
      {},
      textTag("h1", title),
      textTag("p", `Made by mdr-ts ${programVersion}. Scores are of pictures that never trained, unless it is said otherwise.`, {
        class: "soft",
      }),
      navigation(report),
    ),
    tag("main", {}, compared(report), ...runs.map((run, index) => runSection(run, index, thumbs[index] ?? noThumbs))),
    storeOf(thumbs),
    `<script type="application/json" id="${dataId}">${inScript(report)}</script>`,
    `<script>${pageScript}</script></body></html>\n`,
  ].join("\n");
};
