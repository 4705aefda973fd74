/** The kinds of value that settings have. Each takes its default and its explanation where it is used. */
import { z } from "zod";

/** Fields by name: what a room states of its settings. */
export type Fields = Readonly<Record<string, z.ZodType>>;

/** The values of fields. */
export type ValuesOf<F extends Fields> = { readonly [K in keyof F]: z.infer<F[K]> };

/** A whole number, `minimum` or more, and no more than `maximum` where there is one: values that no machine has room for. */
export const whole = (minimum: number, maximum: number = Number.MAX_SAFE_INTEGER) => z.int().min(minimum).max(maximum);

/** A number from 0 to 1. */
export const share = () => z.number().min(0).max(1);

/** A number above 0. */
export const positive = () => z.number().positive();

/** One of the names of a registry. */
export const oneOf = <N extends string>(registry: Readonly<Record<N, unknown>>) => z.enum(Object.keys(registry) as [N, ...N[]]);

/** The fields of all entries of a registry, side by side. A name that two entries have is a mistake of theirs. */
export const fieldsOf = (registry: Readonly<Record<string, { readonly settings: Fields }>>): Fields =>
  Object.entries(registry).reduce<Fields>((all, [entry, { settings }]) => {
    const twice = Object.keys(settings).find((name) => name in all && all[name] !== settings[name]);
    if (twice !== undefined) throw new Error(`"${entry}" has a setting "${twice}", which another has already: call it something else`);
    return { ...all, ...settings };
  }, {});

/**
 * The values that some fields have among all settings: a room gets its own part and no other. They were checked where they came
 * in (`table`); what is not given takes its default.
 */
export const partOf = <F extends Fields>(fields: F, settings: Readonly<Record<string, unknown>>): ValuesOf<F> =>
  Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, settings[name] ?? field.parse(undefined)])) as ValuesOf<F>;
