// One thing at a time that would put a wrong number or line onto a page, or let a name out of its place.

const asked = (part) => ["test/report.test.ts", "-t", part];
const histogram = "evaluate/histogram.ts";
const measured = "report/measured.ts";
const looked = "report/looked.ts";
const levels = "report/levels.ts";
const groups = "report/groups.ts";
const html = "report/html.ts";

/** [what is broken, file under src, its text, what replaces it], and the test that is asked. */
export const reports = [
  ["positives among the negatives", histogram, "alike[pair] === true ? positives : negatives", "negatives", asked("counted apart")],
  [
    "labels of the first pictures for those of the sample",
    "train/run.ts",
    "labels[index] ?? 0),\n        ),",
    "labels[0] ?? 0),\n        ),",
    asked("is written at the end"),
  ],
  ["the first steps for all", measured, "Math.round((index * (values.length - 1)) / (most - 1))", "index", asked("long runs")],
  [
    "positives drawn as negatives",
    levels,
    '["two classes (negatives)", negatives]',
    '["two classes (negatives)", positives]',
    asked("epoch by epoch"),
  ],
  ["an interval's end at its level", levels, "(level + (rising[index] ?? level)) / 2", "level", asked("half-way")],
  ["the first epoch in sight", levels, "one === last)", "one === epochs[0])", asked("epoch by epoch")],
  [
    "a line upside down",
    "report/chart.ts",
    "[frame.foot, frame.top],\n    5",
    "[frame.top, frame.foot],\n    5",
    asked("draws those numbers"),
  ],
  [
    "mu* drawn for sigma*",
    "report/curves.ts",
    '["deviation", "deviation, sigma*"]',
    '["mean", "deviation, sigma*"]',
    asked("draws those numbers"),
  ],
  ["a query its own neighbour", looked, "!same || row !== asked[place]", "true", asked("asked of some")],
  ["lone queries counted", looked, 'lone === "miss" ? all : answerable', "all", asked("whatever the classes")],
  ["what is right called a confusion", looked, "labels[nearest] === label ? []", "false ? []", asked("whatever the classes")],
  ["the worst for the best", looked, "b.hits - a.hits || byNearest(a, b)", "a.hits - b.hits || byNearest(a, b)", asked("a sheet")],
  ["a deviation by N", groups, "squares / (count - 1)", "squares / count", asked("mean and deviation")],
  ["seeds apart", groups, '["seed", "out"', '["out"', asked("mean and deviation")],
  ["names as tags", html, "/[&<>\"']/g, (character) => `&#", "/[&>\"']/g, (character) => `&#", asked("opens no tag")],
  ["JSON that ends its script", html, "/[<>&\\u2028\\u2029]/g", "/[&]/g", asked("opens no tag")],
  ["a report of another run left in its folder", "runs/names.ts", '    "report.html",\n', "", asked("goes with the run")],
].map(([what, file, text, replacement, test]) => ({ broken: [what, file, text, replacement], test }));
