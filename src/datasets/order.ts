/** Orders of names. They look at code units alone, and are the same in every locale. */

/** Below 0 where `a` comes first, 0 where both are one and the same. */
export type NameOrder = (a: string, b: string) => number;

/** By code units, as `<` has it. */
export const byText: NameOrder = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** A digit run as one piece, anything else by the code unit. */
const piecesOf = (name: string): readonly string[] => name.match(/[0-9]+|[^0-9]/g) ?? [];

const isNumber = (piece: string): boolean => /^[0-9]/.test(piece);

/** As text once leading zeros are gone, a longer number being larger: of any length, without rounding. */
const byValue: NameOrder = (a, b) => {
  const [left, right] = [a.replace(/^0+/, ""), b.replace(/^0+/, "")];
  return left.length - right.length || byText(left, right);
};

/**
 * Digit runs compare as numbers: "2" before "10", "img2" before "img10". Names that differ in leading zeros alone are ordered as
 * text, so that no two names are equal.
 */
export const byNumbers: NameOrder = (a, b) => {
  const [left, right] = [piecesOf(a), piecesOf(b)];
  for (const [at, piece] of left.entries()) {
    const other = right[at];
    if (other === undefined) return 1;
    const difference = isNumber(piece) && isNumber(other) ? byValue(piece, other) : byText(piece, other);
    if (difference !== 0) return difference;
  }
  return left.length - right.length || byText(a, b);
};

/** The orders of class names, by the names that settings call them by. */
export const nameOrders = { numbers: byNumbers, text: byText } as const satisfies Readonly<Record<string, NameOrder>>;
