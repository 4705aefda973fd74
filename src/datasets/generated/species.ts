/**
 * What a class is: a made-up species. Neighbouring species are siblings of one genus: they share family, colours and kind of
 * pattern, and differ in its measure and in the proportions of the body, as birds of one genus do.
 */
import { type Random, seeded, shuffled, split, uniforms } from "../../random/index.js";
import { fraction } from "./exact.js";

/** The body plans. */
export type Family = "beetle" | "fish" | "moth" | "bird";

/** The kinds of pattern. */
export type PatternKind = "stripes" | "spots" | "rings" | "net" | "halves";

/** What covers a body. */
export interface Pattern {
  readonly kind: PatternKind;
  /** Repeats a unit of length; a body is about 1.5 units long. */
  readonly frequency: number;
  /** Direction in radians, from the axis of the part it lies on. */
  readonly angle: number;
  /** Share of the second colour, 0 to 1. */
  readonly duty: number;
}

/** Hue as a share of the circle; saturation and value from 0 to 1. */
export interface Hsv {
  readonly hue: number;
  readonly saturation: number;
  readonly value: number;
}

/** A made-up species: what all pictures of one class have in common. */
export interface Species {
  readonly name: string;
  readonly family: Family;
  readonly ground: Hsv;
  readonly figure: Hsv;
  readonly pattern: Pattern;
  /** Seven numbers from 0 to 1; each family reads its own measures from them. */
  readonly proportions: readonly number[];
}

const families: readonly Family[] = ["beetle", "fish", "moth", "bird"];
const kinds: readonly PatternKind[] = ["stripes", "spots", "rings", "net", "halves"];
const frequencies = [1.3, 1.9, 2.8] as const;
const angles = [0, Math.PI / 4, Math.PI / 2, (3 * Math.PI) / 4] as const;
const duties = [0.35, 0.55] as const;

/** Few hues for many species, so that colour alone tells little. */
const hues: readonly (readonly [string, number])[] = [
  ["russet", 0.03],
  ["amber", 0.105],
  ["olive", 0.2],
  ["teal", 0.46],
  ["azure", 0.58],
  ["violet", 0.76],
];

const pick = <A>(values: readonly A[], share: number): A => values[Math.floor(fraction(share) * values.length)] as A;

const huePairs = hues.flatMap((ground) => hues.filter((figure) => figure !== ground).map((figure) => [ground, figure] as const));

/** Card `turn` of an endless deal: the values in one random order, round after round. */
const dealt = <A>(values: readonly A[], turn: number, random: Random): A => shuffled(values, random)[0][turn % values.length] as A;

const adjectives: Record<PatternKind, string> = { stripes: "striped", spots: "spotted", rings: "ringed", net: "netted", halves: "saddled" };

/** Class `number` (from 0) of the data set with this seed. */
export const speciesOf = (seed: number, number: number): Species => {
  const root: Random = split(seeded(seed), "species");
  const family = families[number % families.length] as Family;
  const ordinal = Math.floor(number / families.length);
  const genusOrdinal = Math.floor(ordinal / 2);
  const sibling = ordinal % 2;
  const [genus] = uniforms(8, split(root, `${family} genus ${genusOrdinal}`));
  const [own] = uniforms(12, split(root, `${family} species ${ordinal}`));
  const of = (draws: Float64Array, index: number): number => draws[index] as number;
  // Kinds and colours go round the genera in a shuffled order, so that none is met much more often than another.
  const turn = genusOrdinal * families.length + (number % families.length);
  const kind = dealt(kinds, turn, split(root, "kinds"));
  const [[hueName, groundHue], [, figureHue]] = dealt(huePairs, turn, split(root, "hues"));
  const light = of(genus, 3) < 0.5;
  const [genusProportions] = uniforms(7, split(root, `${family} body ${genusOrdinal}`));
  return {
    name: `${String(number + 1).padStart(3, "0")}.${adjectives[kind]}-${hueName}-${family}`,
    family,
    ground: { hue: groundHue, saturation: 0.5 + 0.3 * of(genus, 4), value: light ? 0.82 : 0.5 },
    figure: { hue: figureHue, saturation: 0.45 + 0.4 * of(genus, 5), value: light ? 0.34 : 0.88 },
    pattern: {
      kind,
      frequency: pick(frequencies, of(genus, 6) + sibling * (of(own, 0) < 0.5 ? 1 / 3 : 2 / 3)),
      angle: pick(angles, of(genus, 7) + (sibling * (1 + Math.floor(3 * of(own, 1)))) / 4),
      duty: pick(duties, of(own, 2)),
    },
    // A sibling's measures are the genus's, half a range away on about half of them.
    proportions: Array.from(genusProportions, (measure, index) =>
      fraction(measure + (sibling === 1 && of(own, 4 + index) < 0.5 ? 0.5 : 0)),
    ),
  };
};
