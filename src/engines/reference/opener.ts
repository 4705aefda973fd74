/** Opens the reference engine, which works everywhere and is taken where nothing else is. */
import * as TE from "fp-ts/lib/TaskEither.js";
import { someEngine } from "../engine.js";
import { openerOf } from "../opener.js";
import { referenceEngine } from "./engine.js";

export const referenceOpener = openerOf({
  name: referenceEngine.info.name,
  about: "float64 in plain loops: the specification of all others, for small problems",
  modes: [],
  open: () => TE.right(someEngine(referenceEngine)),
  auto: { most: 0, verdict: () => ({ speed: 0, because: "nothing faster works here" }) },
});
