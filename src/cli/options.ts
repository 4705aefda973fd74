/** Flags made from the table of settings, so that file, flags and `--help` cannot disagree. */
import { readFileSync } from "node:fs";
import { type Command, Option } from "commander";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { type Fault, inWords, misused } from "../faults/index.js";
import { defaults, explain, parseSettings, runTable, type SettingName, type Settings, settingNames } from "../runs/index.js";
import { parseConfig } from "../settings/index.js";

/** learningRate -> learning-rate */
export const flagOf = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const shown = (value: unknown): string => (Array.isArray(value) ? value.join(",") : String(value));

/** Choices of an enumeration, for the help. */
const choicesOf = (name: SettingName): string => {
  const fields: Readonly<Record<string, unknown>> = runTable.fields;
  const { unwrap } = fields[name] as { readonly unwrap?: () => unknown };
  const inner = (unwrap?.() ?? {}) as { options?: unknown };
  return Array.isArray(inner.options) && inner.options.every((option) => typeof option === "string")
    ? ` (${inner.options.join(" | ")})`
    : "";
};

/** What a setting is where nobody sets it. */
const standards: Readonly<Record<string, unknown>> = defaults;

/** In brackets; a setting that another decides where it is not given has none, nor has one that is on or off. */
const standardOf = (name: SettingName): string =>
  standards[name] === undefined || typeof standards[name] === "boolean" ? "" : ` [${shown(standards[name]) || "none"}]`;

/** A setting's explanation; settings that it names in braces are flags here. */
const explained = (name: SettingName): string => explain(name).replace(/\{(\w+)\}/g, (_, other: string) => `--${flagOf(other)}`);

/** Flags whose text may begin with a minus sign, such as `--levels=-3,0,3`, are documented so. */
export const withSettings =
  (names: readonly SettingName[]) =>
  (command: Command): Command =>
    names.reduce((building, name) => {
      const value = typeof standards[name] === "boolean" ? "" : ` <${Array.isArray(standards[name]) ? "a,b,.." : "value"}>`;
      const option = new Option(`--${flagOf(name)}${value}`, `${explained(name)}${choicesOf(name)}${standardOf(name)}`);
      return building.addOption(option);
    }, command);

/** What a flag's text means: the type of the setting's default decides. Bad text is kept, for the schema to refuse by name. */
const parsedFlag = (name: SettingName, text: string): unknown => {
  const number = (part: string): unknown => (part.trim() !== "" && Number.isFinite(Number(part)) ? Number(part) : part);
  const standard = standards[name];
  if (Array.isArray(standard)) return text.trim() === "" ? [] : text.split(",").map(number);
  return typeof standard === "string" ? text : number(text);
};

/** Only what was given on the command line. */
export const givenFlags = (flags: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    settingNames.flatMap((name) => {
      const given = flags[name];
      return typeof given === "string" ? [[name, parsedFlag(name, given)]] : given === true ? [[name, true]] : [];
    }),
  );

/** What was given of the settings: by the config file, and by flags, which win over it. */
export const givenSettings = (flags: Readonly<Record<string, unknown>>): E.Either<Fault, Readonly<Record<string, unknown>>> => {
  const file = flags.config;
  if (typeof file !== "string") return E.right(givenFlags(flags));
  return pipe(
    E.tryCatch(
      () => readFileSync(file, "utf8"),
      (thrown) => misused(`cannot read the config ${file}: ${inWords(thrown, "reading")}`),
    ),
    E.chain((text) => parseConfig(file, text)),
    E.chainFirst((config) => parseSettings(file, config)),
    E.map((config) => ({ ...config, ...givenFlags(flags) })),
  );
};

/** Settings of a command: defaults, then `base` (a checkpoint's), then the config file, then the flags. */
export const settingsFrom = (flags: Readonly<Record<string, unknown>>, base: Readonly<Partial<Settings>> = {}): E.Either<Fault, Settings> =>
  pipe(
    givenSettings(flags),
    E.chain((given) => parseSettings("command line", { ...base, ...given })),
  );

/** How many of something a command's own flag says, or the usual number. */
export const countIn = (flags: Readonly<Record<string, unknown>>, name: "count" | "neighbours", usual: number): E.Either<Fault, number> => {
  const count = Number(flags[name] ?? usual);
  return Number.isInteger(count) && count >= 1
    ? E.right(count)
    : E.left(misused("use a whole number, 1 or more", { where: `{${name}} ${String(flags[name])}` }));
};
