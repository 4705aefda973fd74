/** What a service is made of. */
import type { Decoders } from "./decoders.js";
import type { Serving } from "./served.js";
import type { ServeSettings } from "./settings.js";

export interface Service {
  readonly serving: Serving;
  readonly decoders: Pick<Decoders, "decode">;
  readonly settings: ServeSettings;
  /** Takes a line of JSON for each request. */
  readonly log: (line: string) => void;
}
