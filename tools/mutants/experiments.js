// One thing at a time that would train a cell twice or never, take another's result for its own, or put a wrong number into a table.

const grid = "experiments/grid.ts";
const cells = "experiments/cells.ts";
const schedule = "experiments/schedule.ts";
const here = "experiments/here.ts";
const summary = "experiments/summary.ts";
const student = "experiments/student.ts";
const figures = "experiments/figures.ts";
const recipe = "experiments/recipe.ts";
const tsne = "evaluate/tsne.ts";
const seen = "train/seen.ts";
const asked = (part) => ["test/experiments.test.ts", "-t", part];
const reproduced = (part) => ["test/reproduce.test.ts", "-t", part];
const placed = (part) => ["test/tsne.test.ts", "-t", part];
const carded = (part) => ["test/run-folder.test.ts", "-t", part];
const sampled = ["test/seen.test.ts"];

/** [what is broken, file under src, its text, what replaces it], and the test that is asked. */
export const experiments = [
  [
    "cells of other data under one name",
    grid,
    "canonical({ settings: { ...deciding(settings), weights }, fingerprint, version })",
    "canonical({ settings: { ...deciding(settings), weights }, version })",
    asked("have one name"),
  ],
  ["cells of other versions under one name", grid, "fingerprint, version }))", "fingerprint }))", asked("have one name")],
  ["a cell's name by where its weights lie", grid, 'name !== "weights" && ', "", asked("content of the weights")],
  [
    "cells of other weights under one name",
    grid,
    "...deciding(settings), weights }",
    "...deciding(settings) }",
    asked("content of the weights"),
  ],
  ["a cell's name by where it lies", grid, "!isPlace(name) && name", "name", asked("have one name")],
  ["a cell's name by the order of its keys", grid, ".sort(([a], [b]) => (a < b ? -1 : 1))", "", asked("have one name")],
  ["a shorter run under the name of a longer", grid, 'name !== "epochs" && ', "", asked("have one name")],
  ["a method's name and its choices two cells", grid, "...choicesOf(parsed.right), method: undefined", "", asked("have one name")],
  [
    "the small scale over the rows",
    grid,
    "{ ...shared, ...row.settings,",
    "{ ...row.settings, ...shared,",
    asked("are rows, points and seeds"),
  ],
  [
    "the user's settings under the rows'",
    grid,
    "...point.settings, ...given, seed }",
    "...given, ...point.settings, seed: 1 }",
    asked("are rows, points and seeds"),
  ],
  ["null for a setting", grid, "value !== null", "true", asked("every setting of every cell")],
  ["what rows differ in set for all", grid, "differing.has(name))", "false)", asked("are of data that the recipe knows")],
  ["a recipe without what it is like", recipe, "{ ...base?.settings, ...file.settings }", "file.settings", asked("takes over")],
  [
    "another's small rows over its own",
    recipe,
    "(file.rows === undefined ? base?.small.rows : undefined)",
    "base?.small.rows",
    asked("takes over"),
  ],
  ["finished cells trained again", schedule, "all.filter(({ id }) => !outcomes.has(id))", "all", asked("hands over only what is not done")],
  [
    "cells of one name trained twice",
    schedule,
    "[...new Map(cells.map((cell) => [cell.id, cell])).values()]",
    "cells",
    asked("hands over only what is not done"),
  ],
  [
    "what failed before never tried again",
    schedule,
    'outcome?.kind === "done"',
    "outcome !== undefined",
    asked("hands over only what is not done"),
  ],
  [
    "the time left by cells and not by work",
    schedule,
    "epochs * iterations * batchOf(parsed.right).batch * imageSize ** 2",
    "1",
    asked("says how long"),
  ],
  ["finished cells in the pace", schedule, "(total - left) / total", "trained / total", asked("says how long")],
  ["what a run had in the pace", schedule, "(share - from) * own", "share * own", asked("reads no pace")],
  ["a stopped carrier read on", schedule, 'if (event.kind === "stopped") return;', "", asked("ends where the carrier is stopped")],
  ["an interruption taken for a failure", here, 'result.left.kind === "interrupted"', "false", asked("stops within a cell")],
  ["a stop between two cells unheard", here, "if (stopped()) {", "if (false) {", asked("stops within a cell")],
  [
    "a cell that throws stops the grid",
    here,
    'if (word.kind === "ended") break;',
    'if (word.kind === "ended" && word.outcome.kind === "failed") return; else if (word.kind === "ended") break;',
    asked("trains one after the other"),
  ],
  ["a finished cell by other data", cells, "fingerprintOf(data) === fingerprint;", "true;", reproduced("within a cell or between")],
  [
    "a finished run with other settings",
    cells,
    "if (!own || !asAsked(cell, results.right.settings))",
    "if (!own)",
    reproduced("is not the finished run"),
  ],
  [
    "a cell begun anew each time",
    "cli/cell.ts",
    "const resume = begunIn(out, cell, fingerprint);",
    "const resume = undefined as ReturnType<typeof begunIn>;",
    reproduced("within a cell or between"),
  ],
  ["a cell that hears no stop", "cli/cell.ts", "{ onEvent, stopped,", "{ onEvent,", reproduced("within a cell or between")],
  [
    "final and best crossed",
    summary,
    "one[epoch][metric] ?? []",
    'one[epoch === "final" ? "best" : "final"][metric] ?? []',
    asked("says mean and deviation"),
  ],
  ["pairs of other seeds", summary, "others.get(seed)?.", "[...others.values()].at(-1)?.", asked("pairs the runs of one seed")],
  [
    "the difference the other way",
    summary,
    "pairs.map(([a, b]) => a - b)",
    "pairs.map(([a, b]) => b - a)",
    asked("says mean and deviation"),
  ],
  ["deviation over n", student, "/ (count - 1)), count };", "/ count), count };", asked("is scipy's")],
  ["one-sided", student, "p: studentP(t, count - 1)", "p: studentP(t, count - 1) / 2", asked("is scipy's")],
  [
    "a degree of freedom too many",
    student,
    "freedom: count - 1, p: studentP(t, count - 1)",
    "freedom: count - 1, p: studentP(t, count)",
    asked("is scipy's"),
  ],
  ["the best epoch along the axis", figures, '"final", testedMetric', '"best", testedMetric', asked("are along the axis")],
  [
    "curves of what trains and what tests crossed",
    figures,
    'dashed: of === "trained"',
    'dashed: of === "tested"',
    asked("are along the axis"),
  ],
  ["t-SNE's shares of one side", tsne, " + (rows[j]?.[i] ?? 0)", " + (rows[i]?.[j] ?? 0)", placed("gives each row")],
  ["t-SNE's gradient without its four", tsne, "const pull = 4 * (", "const pull = 2 * (", placed("has the gradient")],
  ["t-SNE by normal kernels", tsne, "1 / (1 + square)", "Math.exp(-square)", placed("has the gradient")],
  ["t-SNE of any seed", tsne, "seeded(seed)", "seeded(7)", placed("draws one picture a seed")],
  ["pictures alone of their kind in the sample", seen, "length >= 2", "length >= 1", sampled],
  ["the first classes for a sample", seen, "Math.floor((index * classes.length) / count)", "index", sampled],
  [
    "the sample's labels by its own places",
    seen,
    "sample.map((index) => labels[index] ?? 0)",
    "sample.map((_, index) => labels[index] ?? 0)",
    sampled,
  ],
  ["a card of the last epoch for the best", "runs/card.ts", "${percent(best[name])} |`", "${percent(final[name])} |`", carded("says what")],
  ["a card of another run's data", "runs/recorder.ts", "data: about.data, classes", 'data: "", classes', carded("says what")],
  ["somebody's card written over", "runs/card.ts", "text.right.startsWith(mark)", "true", carded("never takes away")],
  [
    "Recall@1 of training pictures not asked for",
    "train/plan.ts",
    "        trainScores: settings.trainScores,\n",
    "",
    reproduced("trains of a larger one"),
  ],
].map(([what, file, text, replacement, test]) => ({ broken: [what, file, text, replacement], test }));
