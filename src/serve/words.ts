/** What is wrong with a parameter, in the service's own words. */

/** What a schema says of a value, as far as it is told here. */
export interface Issue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly input?: unknown;
  readonly keys?: readonly string[];
  readonly expected?: string;
  readonly origin?: string;
  readonly minimum?: number | bigint;
  readonly maximum?: number | bigint;
  readonly inclusive?: boolean;
}

const kinds: Readonly<Record<string, string>> = { int: "a whole number", number: "a number", string: "text" };

const characters = (count: unknown): string => `${String(count)} character${count === 1 ? "" : "s"}`;

/** The parameter, and what it must be: of several things that are wrong with it the last, which is the narrowest. */
export const wordsOf = (
  issues: readonly Issue[],
  given: Readonly<Record<string, unknown>>,
): { readonly where: string; readonly what: string } => {
  const issue = issues.findLast(({ path }) => path[0] === issues[0]?.path[0]);
  const { code, keys, expected = "", origin, minimum, maximum, inclusive = true } = issue ?? {};
  if (code === "unrecognized_keys") return { where: keys?.[0] ?? "", what: "there is no such parameter" };
  const where = String(issue?.path[0] ?? "");
  const what = (): string => {
    if (Array.isArray(given[where])) return "it is given more than once";
    if (!Object.hasOwn(given, where)) return "it is missing";
    const isText = origin === "string";
    if (code === "too_small")
      return isText
        ? `it must have ${characters(minimum)} or more`
        : `it must be ${inclusive ? "" : "more than "}${String(minimum)}${inclusive ? " or more" : ""}`;
    if (code === "too_big") return isText ? `it may have ${characters(maximum)} at most` : `it must be ${String(maximum)} or less`;
    if (code === "invalid_type") return `it must be ${kinds[expected] ?? "of another kind"}`;
    return code === "invalid_format" ? `it must be ${issue?.message}` : "it is not valid";
  };
  return { where, what: what() };
};
