/** What a plan needs in memory, known before anything runs: GPU.js, out of memory, would try again the slow way for minutes. */
import type { Launch, Node } from "./plan.js";

const bytesOf = (output: readonly number[]): number => 4 * output.reduce((product, length) => product * length, 1);

/**
 * Bytes of a plan's arrays: inputs and constants, and the places of results. GPU.js gives a result the place of an
 * earlier one of the same shape once nothing reads that any more; results asked for keep theirs.
 */
export const bytesNeeded = (launches: readonly Launch[], outputs: readonly Node[]): number => {
  const made = new Set(launches.map(({ node }) => node.id));
  const lastRead = new Map<number, number>();
  launches.forEach(({ inputs }, place) => {
    for (const { id } of inputs) lastRead.set(id, place);
  });
  for (const { id } of outputs) lastRead.set(id, launches.length);
  const given = new Map(launches.flatMap(({ inputs }) => inputs.filter(({ id }) => !made.has(id)).map(({ id, size }) => [id, 4 * size])));
  const places: { readonly shape: string; free: number }[] = [];
  const results = launches.reduce((bytes, { node, output }, place) => {
    const shape = output.join(" ");
    const until = lastRead.get(node.id) ?? place;
    const reused = places.find((other) => other.shape === shape && other.free < place);
    if (reused !== undefined) {
      reused.free = until;
      return bytes;
    }
    places.push({ shape, free: until });
    return bytes + bytesOf(output);
  }, 0);
  return [...given.values()].reduce((total, bytes) => total + bytes, results);
};
