/** A table of settings made of fields: its defaults, its parser, its explanations. */
import * as E from "fp-ts/lib/Either.js";
import { z } from "zod";
import { type Fault, misused } from "../faults/index.js";
import { guessed, suggestion } from "./config.js";
import type { Fields, ValuesOf } from "./fields.js";

/** Something that two settings together must keep: what is wrong with the values, and which setting it is said of. */
export type Rule = (settings: Readonly<Record<string, unknown>>) => { readonly setting: string; readonly what: string } | undefined;

/** Settings that belong together: how they are read and explained. */
export interface Table<F extends Fields> {
  readonly fields: F;
  readonly names: readonly string[];
  readonly defaults: ValuesOf<F>;
  /** Settings from outside values (a JSON file, flags): names without a value take their default. `source` names them in faults. */
  readonly parse: (source: string, values: Readonly<Record<string, unknown>>) => E.Either<Fault, ValuesOf<F>>;
  /** What a setting is for, as `--help` says it. */
  readonly explain: (name: string) => string;
}

type Issue = z.core.$ZodIssue;

const kinds: Readonly<Record<string, string>> = {
  int: "a whole number",
  number: "a number",
  boolean: "true or false",
  string: "a text",
  array: "a list",
};

/** What was wanted of a value, in words. */
const wanted = (issue: Issue, value: unknown): string => {
  switch (issue.code) {
    case "invalid_type":
      return `${kinds[issue.expected] ?? issue.expected} is wanted`;
    case "too_small":
      return `${typeof value === "number" ? "it must be" : "it needs"} ${issue.inclusive === false ? "more than" : "at least"} ${issue.minimum}`;
    case "too_big":
      return `${typeof value === "number" ? "it must be" : "it has room for"} ${issue.inclusive === false ? "less than" : "at most"} ${issue.maximum}`;
    case "invalid_value": {
      const known = issue.values.map(String);
      const all = `one of ${known.join(", ")} is wanted`;
      const guess = typeof value === "string" && known.length > 1 ? guessed(value, known) : undefined;
      return guess === undefined ? all : `${all}; ${guess}`;
    }
    default:
      return issue.message;
  }
};

/** Fields, and rules over several of them, as a table. */
export const table = <F extends Fields>(fields: F, rules: readonly Rule[] = []): Table<F> => {
  const names = Object.keys(fields);
  const schema = z.strictObject(fields);
  const explain = (name: string): string => fields[name]?.description ?? "";
  const wrong = (source: string, values: Readonly<Record<string, unknown>>, name: string, what: string): Fault =>
    misused(`"${name}" = ${JSON.stringify(values[name])}: ${what}${name in fields ? ` (${explain(name)})` : ""}`, { where: source });
  const parse: Table<F>["parse"] = (source, values) => {
    const parsed = schema.safeParse(values);
    if (parsed.success) {
      const settings = parsed.data as ValuesOf<F>;
      const broken = rules.map((rule) => rule(settings)).find((found) => found !== undefined);
      return broken === undefined ? E.right(settings) : E.left(wrong(source, settings, broken.setting, broken.what));
    }
    const [issue] = parsed.error.issues;
    if (issue === undefined) return E.left(misused("not valid settings", { where: source }));
    if (issue.code === "unrecognized_keys") {
      const key = String(issue.keys[0]);
      return E.left(misused(`unknown setting "${key}"; ${suggestion(key, names)}`, { where: source }));
    }
    const name = String(issue.path[0] ?? "");
    const value = issue.path.length > 1 ? undefined : values[name];
    return E.left(wrong(source, values, name, wanted(issue, value)));
  };
  return { fields, names, defaults: schema.parse({}) as ValuesOf<F>, parse, explain };
};
