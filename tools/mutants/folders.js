// One thing at a time that would let a run's folder mix two runs, lose what is whole, trust what is damaged, or score what has trained.

const folder = "runs/folder.ts";
const resume = "runs/resume.ts";
const checkpoint = "runs/checkpoint.ts";
const log = "runs/log.ts";
const division = "runs/division.ts";
const recorded = "datasets/recorded.ts";
const lock = "files/lock.ts";
const asked = (part) => ["test/run-folder.test.ts", "-t", part];
const locked = (part) => ["test/lock.test.ts", "-t", part];
const divided = (part) => ["test/division.test.ts", "-t", part];

/** [what is broken, file under src, its text, what replaces it], and the test that is asked. */
export const folders = [
  [
    "a second run goes in where one is",
    folder,
    "if (!force && hasCheckpoint(folder)",
    "if (false && hasCheckpoint(folder)",
    asked("is refused, and touches nothing"),
  ],
  [
    "force takes what is no run's",
    folder,
    "return other === undefined ? undefined : foreign(folder, other);",
    "return undefined;",
    asked("never takes away"),
  ],
  [
    "force leaves the first run's files",
    folder,
    "remove(folder, namesIn(folder).filter(isRunName))",
    "E.right(undefined)",
    asked("is refused, and touches nothing"),
  ],
  ["a lock that nobody looks at", lock, "if (other !== undefined) return E.left(other);", "", locked("is one process's")],
  ["a lock of a dead process kept", lock, "!isAlive(process) || ", "", locked("is not held by")],
  ["a lock of a number that came again kept", lock, " !== start)", " === undefined)", locked("is not held by")],
  ["a lock never given back", lock, "if (textOf(path) === text) rmSync(path, { force: true });", "", locked("is one process's")],
  ["the lock kept after the run", "runs/perform.ts", "        release();\n", "", asked("is refused while another writes there")],
  [
    "a broken seal passes",
    checkpoint,
    '(seal === "broken" ? E.left(damaged(file)) : E.right(undefined))',
    "(E.right(undefined))",
    asked("of the last checkpoint is said"),
  ],
  ["a record's seal not looked at", "files/versions.ts", 'seal === "broken" || ', "", ["test/files.test.ts", "-t", "are sealed"]],
  [
    "a record without its seal passes",
    "files/versions.ts",
    '(seal === "absent" && needed)',
    "false",
    ["test/files.test.ts", "-t", "are sealed"],
  ],
  [
    "a seal over a part of the file",
    "files/seal.ts",
    "    .update(bytes.subarray(position + unsealed.length))\n",
    "",
    ["test/files.test.ts", "-t", "are sealed"],
  ],
  [
    "tensors of another run pass",
    checkpoint,
    "named.run === checkpoint.record.run && named.step === checkpoint.record.step",
    "true",
    asked("by one file of another run"),
  ],
  [
    "no checkpoint before the last one",
    checkpoint,
    '(names.includes("last") ? keepPrevious(folder, record) : E.right(undefined))',
    "(E.right(undefined))",
    asked("of the last checkpoint is said"),
  ],
  ["non-numbers among the weights pass", checkpoint, "return broken.length === 0", "return broken.length >= 0", asked("among the weights")],
  [
    "non-numbers among embeddings pass",
    "embed/embed.ts",
    "if (entry === embeddings.data.length)",
    "if (entry < 1e9)",
    asked("among embeddings"),
  ],
  ["settings that may not change do", resume, "!resumable.has(name) && ", "name === 'none' && ", asked("keeps its settings")],
  [
    "a moved run goes on where it was",
    "cli/train.ts",
    "{ out: folderOf(resume), ...given }",
    "{ ...given }",
    asked("goes on where it lies"),
  ],
  [
    "a fork keeps the name of its run",
    resume,
    "record: { ...record, run } satisfies RunRecord",
    "record: record satisfies RunRecord",
    asked("goes on where it lies"),
  ],
  [
    "the best weights are not taken along",
    resume,
    'isBest ? saveCheckpoint(out, ["best"], as(identity.run, best.right), precision) : E.right("")',
    'E.right("")',
    asked("goes on where it lies"),
  ],
  [
    "what a kill left stays",
    resume,
    "E.chainFirst(() => tidied(folder)),\n      E.chainFirst",
    "E.chainFirst",
    asked("clears up what a kill left"),
  ],
  [
    "a damaged line of the metrics taken",
    log,
    "if (found === null ? needsCheck : sumOf(content) !== found[1]) return false;",
    "",
    asked("clears up what a kill left"),
  ],
  [
    "missing steps of the metrics unsaid",
    log,
    '...gaps("step", numbersOf(lines, "step", "step"), 1, step),',
    "",
    asked("clears up what a kill left"),
  ],
  [
    "metrics past the checkpoint kept",
    log,
    "Number(line.step) <= step",
    "Number(line.step) <= step + 1e9",
    asked("of the last checkpoint is said"),
  ],
  [
    "results written of another run's name",
    "runs/recorder.ts",
    "resultsOf(about.run, ",
    'resultsOf("", ',
    asked("is refused, and touches nothing"),
  ],
  [
    "eval divides the folder anew",
    division,
    "return { description, notes: differenceLines(differences), own: true };",
    "return { description: now, notes: differenceLines(differences), own: true };",
    divided("is by the recorded division"),
  ],
  [
    "a renamed class is another",
    recorded,
    "const path = present.has(item.path) ? item.path : moved.get(item.path);",
    "const path = present.has(item.path) ? item.path : undefined;",
    divided("knows a class by its pictures"),
  ],
  ["what was added is unsaid", recorded, "added.map(({ path }) => path)", "[]", divided("is by the recorded division")],
  [
    "a test picture that has become one that trained is scored",
    division,
    "leftOut: new Set(seen)",
    "leftOut: new Set()",
    divided("names what is gone"),
  ],
  [
    "classes that trained are scored in other data",
    division,
    "judged.filter(({ label }) => out.has(label))",
    "judged.filter(({ label }) => out.has(label) && label === '')",
    divided("takes its test half"),
  ],
  ["a lone checkpoint knows no class", division, "recorded === undefined ? byName : byContent", "byContent", divided("goes by the names")],
  [
    "a new division of the run's own data allowed",
    "cli/judging.ts",
    "own && trainShare !== undefined",
    "own && trainShare === null",
    divided("refuses to divide anew"),
  ],
  [
    "a run resumed without pictures that are gone",
    division,
    "return removed.length > 0",
    "return removed.length < 0",
    divided("is refused where some are gone"),
  ],
  [
    "a run resumed with other contents",
    division,
    'refused(changedSince(recorded.items, now.items), "have',
    'refused([], "have',
    divided("is refused where some are gone"),
  ],
  [
    "a number that is none spoils the row",
    "train/observe.ts",
    "k.scatter(k.reshape(named(values, name), [1, length]), k.constant(places), columns)",
    "k.matmul(k.reshape(named(values, name), [1, length]), k.constant(generate([length, columns], (flat) => (flat % columns === from + Math.floor(flat / columns) ? 1 : 0))))",
    ["properties/observe.test.ts", "-t", "keeps the loss"],
  ],
].map(([what, file, text, replacement, test]) => ({ broken: [what, file, text, replacement], test }));
