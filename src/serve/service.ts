/** What a service is made of. */
import type * as E from "fp-ts/lib/Either.js";
import type { Fault } from "../faults/index.js";
import type { Index, PhotoEmbedder } from "../search/index.js";
import type { ServeSettings } from "./settings.js";

export interface Service {
  readonly index: Index;
  /** What looks at uploads. Left: why nothing does, and pictures of the index are found all the same. */
  readonly embedder: E.Either<Fault, PhotoEmbedder>;
  readonly settings: ServeSettings;
  /** Takes a line of JSON for each request. */
  readonly log: (line: string) => void;
}
