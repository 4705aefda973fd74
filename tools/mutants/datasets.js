// One thing at a time that would divide a published data set wrongly, believe a list or a file too much, or let a check pass that should not.

const cub = "datasets/kinds/cub200.ts";
const cars = "datasets/kinds/cars196.ts";
const list = "datasets/kinds/list.ts";
const published = "datasets/published.ts";
const check = "datasets/check.ts";
const validation = "datasets/validation.ts";
const matrix = "datasets/matlab/matrix.ts";
const described = (part) => ["test/published.test.ts", "-t", part];
const checked = (part) => ["test/data-check.test.ts", "-t", part];
const validated = (part) => ["test/validation.test.ts", "-t", part];
const matlab = (part) => ["test/matlab.test.ts", "-t", part];

/** [what is broken, file under src, its text, what replaces it], and the test that is asked. */
export const datasets = [
  ["CUB's hundredth class tests", cub, "number <= trainClasses", "number < trainClasses", described("cub200 is described")],
  [
    "CUB's numbers by line and not by picture",
    cub,
    "paths.get(id)",
    "paths.get(String(folders.size + 1))",
    described("cub200 is described"),
  ],
  ["a class in two folders passes", cub, "known !== label", "known === null", described("cub200 names what is wrong")],
  [
    "Cars-196 by its own division",
    cars,
    'field(file, variables, "class")',
    'field(file, variables, "test")',
    described("cars196 is described"),
  ],
  ["Cars-196's classes named one off", cars, "names[number - 1]", "names[number]", described("cars196 is described")],
  ["SOP tests what trains", "datasets/kinds/sop.ts", 'rowsOf(root, "test")', 'rowsOf(root, "train")', described("sop is described")],
  ["In-Shop's count not looked at", "datasets/kinds/inshop.ts", "rest.length - 1 === count", "count >= 0", described("inshop names")],
  [
    "a path out of the folder passes",
    published,
    "if (wrong !== undefined) return",
    "if (wrong === null) return",
    described("names what is wrong"),
  ],
  [
    "a picture twice passes",
    published,
    "if (before !== undefined) return",
    "if (before === null) return",
    described("list names what is wrong"),
  ],
  ["files that are not there are items", published, "items.filter((_, index) => there[index])", "items", described("leaves out pictures")],
  ["an unknown part passes", list, "!partNames.some((known) => known === part)", "part === null", described("list names what is wrong")],
  ["parts of a list ignored", list, "own: places.part >= 0", "own: places.part < 0", described("list with parts")],
  ["a quote closed by a doubled one", "files/csv.ts", "text[end + 1] === '\"'", "text[end + 1] === null", described("takes two quotes")],
  ["a line within quotes not counted", "files/csv.ts", "next < end;", "next < at;", described("list names what is wrong")],
  [
    "a wrong archive passes the check",
    check,
    "sums.every(({ md5, published }) => md5 === published)",
    "sums.length >= 0",
    checked("finds a whole"),
  ],
  ["missing files pass the check", check, "leftOut.length === 0 && differing.length === 0", "true", checked("finds a whole")],
  ["pictures in no list not looked for", check, "!known.has(path)", "path === null", checked("finds a whole")],
  ["a tenth held out", validation, "heldShare = 0.2", "heldShare = 0.1", validated("takes the last fifth of 100")],
  ["the first classes held out", validation, "trained.slice(-count)", "trained.slice(0, count)", validated("takes the last fifth of 100")],
  [
    "the test set evaluated on beside them",
    validation,
    'items: items.filter(({ part }) => part === "train").map(',
    "items: items.map(",
    validated("leaves the test set aside"),
  ],
  [
    "validation ignored",
    "datasets/validation.ts",
    "validate ? heldOut(description)",
    "!validate ? heldOut(description)",
    validated("records what it held out"),
  ],
  [
    "the test set of a validated run not to be had",
    "cli/judging.ts",
    'asked === "test"',
    'asked === "validation"',
    validated("is evaluated on what it held out"),
  ],
  [
    "all classes without the test set",
    "cli/judging.ts",
    "originOf({ ...settings, validate: false })),\n    TE.chain((origin) => opening(origin.everything",
    "originOf({ ...settings })),\n    TE.chain((origin) => opening(origin.everything",
    validated("is evaluated on what it held out"),
  ],
  [
    "what lies aside counted as gone",
    "datasets/recorded.ts",
    "[...items, ...apart]",
    "[...items]",
    validated("goes on with its own division"),
  ],
  [
    "held-out scores called those of unseen classes",
    "datasets/recorded.ts",
    '? "held-out classes"',
    '? "unseen classes"',
    validated("records what it held out"),
  ],
  [
    "a claim of values believed",
    matrix,
    "if (count > (parent.bytes.length - at) / 8) return",
    "if (count < 0) return",
    matlab("claim more than they have"),
  ],
  ["numbers fewer than the shape", matrix, "values.length === countOf(shape)", "values.length >= 0", matlab("claim more than they have")],
  ["depth without an end", matrix, "depth > deepest", "depth > 1000", matlab("claim more than they have")],
  [
    "text by rows and not by columns",
    matrix,
    "characters[row + column * height]",
    "characters[row * height + column]",
    matlab("as SciPy writes"),
  ],
  ["a bomb inflated to its end", "datasets/matlab/index.ts", " && length <= most", "", matlab("bombs")],
  ["the other byte order read as this one", "datasets/matlab/element.ts", "littleEndian ? a |", "true ? a |", matlab("other byte order")],
].map(([what, file, text, replacement, test]) => ({ broken: [what, file, text, replacement], test }));
