/** Who is sent away before it is looked at what is asked, and in which words. */
import { misused } from "../faults/index.js";
import { type Problem, problem } from "./problem.js";
import type { ServeSettings } from "./settings.js";
import { isForeign, isOurs, knowsToken, type Provenance } from "./trust.js";

export interface Coming extends Provenance {
  readonly path: string;
  readonly authorization: string | undefined;
}

/** What tells of the pictures: with a token, only to those who have it. */
const isGuarded = (path: string): boolean => path.startsWith("/api/") || path === "/metrics";

/** Undefined: it is let in. The page itself may be linked to from elsewhere; it says nothing by itself. */
export const refusedAtDoor = (coming: Coming, { names, token }: Pick<ServeSettings, "names" | "token">): Problem | undefined => {
  if (!isOurs(coming.host, names))
    return problem(
      403,
      misused("the service has another name", { remedy: "ask it by localhost or its address, or allow the name with {names}" }),
    );
  if (coming.path !== "/" && isForeign(coming))
    return problem(403, misused("pages of another origin get no answer", { remedy: "use the service's own page" }));
  if (token !== "" && isGuarded(coming.path) && !knowsToken(coming.authorization, token))
    return {
      ...problem(401, misused("the service has a token, and the request has not", { remedy: "send it: Authorization: Bearer ..." })),
      headers: { "WWW-Authenticate": 'Bearer realm="mdr"' },
    };
  return undefined;
};
