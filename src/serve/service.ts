/** What a service is made of. */
import type { Serving } from "./served.js";
import type { ServeSettings } from "./settings.js";

export interface Service {
  readonly serving: Serving;
  readonly settings: ServeSettings;
  /** Takes a line of JSON for each request. */
  readonly log: (line: string) => void;
}
