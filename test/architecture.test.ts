// The house keeps its shape: imports run downward only, folders are entered by their doors, and there are no cycles.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { expect, test } from "vitest";

const source = resolve(import.meta.dirname, "..", "src");

/** A folder may import from folders of a lower floor only. */
const floors: Readonly<Record<string, number>> = {
  faults: 0,
  tensor: 1,
  random: 2,
  autodiff: 2,
  engines: 3,
  files: 3,
  workers: 3,
  weights: 3,
  metric: 4,
  nn: 4,
  optim: 4,
  pictures: 4,
  evaluate: 4,
  datasets: 5,
  embed: 5,
  store: 6,
  train: 7,
  runs: 8,
  export: 8,
  verify: 8,
  report: 8,
  cli: 9,
  "browser.ts": 9,
  "index.ts": 10,
};

/** What a floor may not know even though it lies below: `metric` no network and no file, `engines` no loss. */
const strangers: Readonly<Record<string, readonly string[]>> = {
  metric: ["nn", "pictures", "datasets", "store", "node:fs"],
  engines: ["metric"],
  tensor: ["node:fs"],
};

const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));

interface Import {
  readonly from: string;
  readonly line: number;
  readonly specifier: string;
}

const importsOf = (file: string): readonly Import[] =>
  readFileSync(join(source, file), "utf8")
    .split("\n")
    .flatMap((text, index) => {
      const specifier = /(?:^|\s)from "([^"]+)"/.exec(text)?.[1];
      return specifier === undefined ? [] : [{ from: file, line: index + 1, specifier }];
    });

const imports = files.flatMap(importsOf);
const folderOf = (file: string): string => file.split(sep)[0] ?? file;
const targetOf = ({ from, specifier }: Import): string =>
  relative(source, resolve(source, dirname(from), specifier)).replace(/\.js$/, ".ts");
const inside = imports.filter(({ specifier }) => specifier.startsWith("."));
const name = ({ from, line, specifier }: Import): string => `${from}:${line} imports ${specifier}`;

test("every folder of src has its floor", () => {
  expect([...new Set(files.map(folderOf))].filter((folder) => !(folder in floors))).toEqual([]);
});

test("imports run downward only", () => {
  const upward = inside.filter((one) => {
    const [from, to] = [folderOf(one.from), folderOf(targetOf(one))];
    return from !== to && (floors[to] ?? 99) >= (floors[from] ?? 0);
  });
  expect(upward.map(name)).toEqual([]);
});

test("other folders are entered by their doors: index.ts, or browser.ts for what runs in a page too", () => {
  const around = inside.filter((one) => folderOf(one.from) !== folderOf(targetOf(one)) && !/(index|browser)\.ts$/.test(targetOf(one)));
  expect(around.map(name)).toEqual([]);
});

test("what a page imports reaches no module of Node", () => {
  const reached = new Set<string>();
  const reach = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const one of inside) if (one.from === file) reach(targetOf(one));
  };
  reach("browser.ts");
  expect(reached.size).toBeGreaterThan(50);
  expect(imports.filter(({ from, specifier }) => reached.has(from) && specifier.startsWith("node:")).map(name)).toEqual([]);
});

test("metric knows no network and no file, engines no loss", () => {
  const known = imports.filter((one) => {
    const target = one.specifier.startsWith(".") ? folderOf(targetOf(one)) : one.specifier;
    return strangers[folderOf(one.from)]?.includes(target) === true;
  });
  expect(known.map(name)).toEqual([]);
});

test("no file imports itself through others", () => {
  const graph = new Map(files.map((file) => [file, inside.filter(({ from }) => from === file).map(targetOf)]));
  const cycleFrom = (file: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const next of graph.get(file) ?? []) {
      const cycle = cycleFrom(next, [...path, file]);
      if (cycle !== undefined) return cycle;
    }
    done.add(file);
    return undefined;
  };
  const done = new Set<string>();
  const cycles = files.map((file) => cycleFrom(file, [])).filter((cycle) => cycle !== undefined);
  expect(cycles).toEqual([]);
});

test("each folder's door says in its first lines what lives there", () => {
  const doors = files.filter((file) => file.endsWith("index.ts"));
  expect(doors.filter((file) => !readFileSync(join(source, file), "utf8").startsWith("/**"))).toEqual([]);
});
