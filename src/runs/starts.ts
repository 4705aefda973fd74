/** Weights that lie in the package, to begin a network with: called by a name in place of a file. */
import { fileURLToPath } from "node:url";

/** What there is, and how it was made. */
export const starts = {
  species: "the compact network (pooled every) after pictures of 960 drawn species; no photograph among them",
} as const;

/** Where the weights are that a setting names: those of the package by their name, a file of that name as `./species`. */
export const weightsPlace = (named: string): string =>
  Object.hasOwn(starts, named) ? fileURLToPath(new URL(`../../weights/${named}.safetensors`, import.meta.url)) : named;
