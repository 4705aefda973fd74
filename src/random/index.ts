/**
 * Seeded random numbers as values: a `Random` goes in, numbers and the next `Random` come out. Same seed, same numbers,
 * on every machine.
 */
import { xoroshiro128plus, xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";

type Generator = ReturnType<typeof xoroshiro128plus>;

/** A generator's state. Using the same value twice gives the same numbers twice. */
export interface Random {
  readonly state: readonly number[];
}

const ofGenerator = (generator: Generator): Random => ({ state: generator.getState() });
const toGenerator = (random: Random): Generator => xoroshiro128plusFromState(random.state);

/** FNV-1a over the state's words and the label: well-spread seeds for streams that must not resemble each other. */
const hashed = (words: readonly number[], label: string): number => {
  let hash = 0x811c9dc5;
  const mix = (byte: number) => {
    hash = Math.imul(hash ^ byte, 0x01000193);
  };
  for (const word of words) for (let shift = 0; shift < 32; shift += 8) mix((word >>> shift) & 0xff);
  for (const character of label) mix(character.codePointAt(0) ?? 0);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
};

/** An independent stream: a function of the state and the label alone; `random` itself is not used up. */
export const split = (random: Random, label: string | number = ""): Random => {
  const name = `${typeof label}:${label}`;
  const low = hashed(random.state, name);
  const high = hashed([low, ...random.state], name);
  return ofGenerator(xoroshiro128plusFromState([low, high, hashed([high], name), hashed([low, high], name) | 1]));
};

/** The generator of a seed. A small seed fills few bits of its state, so the state is hashed before the first draw. */
export const seeded = (seed: number): Random => split(ofGenerator(xoroshiro128plus(seed | 0)), "seed");

/** 53 random bits of two draws, over 2^53: in [0, 1). */
const nextUniform = (generator: Generator): number => ((generator.next() >>> 5) * 0x4000000 + (generator.next() >>> 6)) / 0x20000000000000;

/** One number in [0, 1). */
export const uniform = (random: Random): readonly [number, Random] => {
  const generator = toGenerator(random);
  return [nextUniform(generator), ofGenerator(generator)];
};

/** `count` numbers in [0, 1). */
export const uniforms = (count: number, random: Random): readonly [Float64Array, Random] => {
  const generator = toGenerator(random);
  const values = new Float64Array(count);
  for (let index = 0; index < count; index++) values[index] = nextUniform(generator);
  return [values, ofGenerator(generator)];
};

/** `count` draws of the standard normal (Box and Muller 1958). */
export const normals = (count: number, random: Random): readonly [Float64Array, Random] => {
  const generator = toGenerator(random);
  const values = new Float64Array(count);
  for (let index = 0; index < count; index += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - nextUniform(generator)));
    const angle = 2 * Math.PI * nextUniform(generator);
    values[index] = radius * Math.cos(angle);
    if (index + 1 < count) values[index + 1] = radius * Math.sin(angle);
  }
  return [values, ofGenerator(generator)];
};

/** A whole number from `low` up to but not including `high`. */
export const integer = (low: number, high: number, random: Random): readonly [number, Random] => {
  const [share, next] = uniform(random);
  return [low + Math.floor(share * (high - low)), next];
};

/** The values in random order (Fisher and Yates). */
export const shuffled = <A>(values: readonly A[], random: Random): readonly [readonly A[], Random] => {
  const generator = toGenerator(random);
  const result = [...values];
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(nextUniform(generator) * (last + 1));
    [result[last], result[other]] = [result[other] as A, result[last] as A];
  }
  return [result, ofGenerator(generator)];
};
