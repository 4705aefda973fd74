/** Choices as the query of an address, and back: what differs from the usual choices, each setting by its name. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { type Fault, misused } from "../faults/index.js";
import type { Fields } from "../settings/index.js";
import { type Choices, playTable, usualChoices } from "./choices.js";

/** What a page keeps in its address besides: which step of the tour, which view. */
export type More = Readonly<Record<string, string>>;

const fields: Fields = playTable.fields;
const usual: Readonly<Record<string, unknown>> = usualChoices;

/** Where faults say that it was. */
const source = "the address";

const textOf = (value: unknown): string => (Array.isArray(value) ? value.join(",") : String(value));

/** Every choice that is not the usual one, by its name, and what the page keeps besides: `method=triplet&levels=-3,0,3`; "" where all is usual. */
export const toQuery = (choices: Choices, more: More = {}): string => {
  const own = playTable.names.flatMap((name): readonly (readonly [string, string])[] => {
    const value = (choices as Readonly<Record<string, unknown>>)[name];
    return value === undefined || textOf(value) === textOf(usual[name]) ? [] : [[name, textOf(value)]];
  });
  return [...own, ...Object.entries(more)]
    .map(([name, text]) => `${encodeURIComponent(name)}=${encodeURIComponent(text).replaceAll("%2C", ",")}`)
    .join("&");
};

const numberOf = (text: string): unknown => (text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text);

/** What a text may mean, the likeliest first; the field says which it takes. Without one that it takes: the first, for the field to refuse. */
const meantBy = (name: string, text: string): unknown => {
  const listed = text.trim() === "" ? [] : text.split(",").map(numberOf);
  const readings = Array.isArray(usual[name]) ? [listed] : [numberOf(text), text];
  return readings.find((reading) => fields[name]?.safeParse(reading).success === true) ?? readings[0];
};

/**
 * The choices and the rest of a query; a leading `?` or `#` is passed over. Names in `others` are the page's own. Left: a name that
 * nobody knows or that comes twice, a value out of range, choices that do not go together; each names its setting.
 */
export const ofQuery = (
  text: string,
  others: readonly string[] = [],
): E.Either<Fault, { readonly choices: Choices; readonly more: More }> => {
  const given = [...new URLSearchParams(text.replace(/^[?#]/, ""))];
  const names = given.map(([name]) => name);
  const twice = names.find((name, position) => names.indexOf(name) < position);
  if (twice !== undefined) return E.left(misused(`"${twice}" is there twice`, { where: source, remedy: "leave one of them" }));
  const [own, rest] = [given.filter(([name]) => !others.includes(name)), given.filter(([name]) => others.includes(name))];
  return pipe(
    playTable.parse(source, Object.fromEntries(own.map(([name, value]) => [name, meantBy(name, value)]))),
    E.map((choices) => ({ choices, more: Object.fromEntries(rest) })),
  );
};
