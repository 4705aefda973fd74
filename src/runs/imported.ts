/** A network out of a file of weights as a run of its own: a folder with an identity and a checkpoint, which trained nothing. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { networkLayout } from "../embed/index.js";
import type { Fault } from "../faults/index.js";
import type { Named, Tensor } from "../tensor/index.js";
import { networkOf } from "../train/index.js";
import { fitting, saveCheckpoint } from "./checkpoint.js";
import { claimFolder } from "./folder.js";
import type { RunRecord } from "./record.js";
import type { Settings } from "./settings.js";

/** Of a run before its first step. */
export const unmade: Omit<RunRecord, "settings"> = {
  run: "",
  epoch: 0,
  step: 0,
  history: [],
  engine: "",
  seconds: 0,
  trained: { images: 0, milliseconds: 0 },
  data: "",
  classes: [],
};

/** Writes the network's tensors, which the settings describe, into the folder that they name; gives the path of the tensors. */
export const importRun = (
  file: string,
  settings: Settings,
  tensors: Named<Tensor>,
  { force = false }: { readonly force?: boolean } = {},
): E.Either<Fault, string> =>
  pipe(
    networkOf(settings),
    E.chain((network) => fitting(file, networkLayout(network), tensors)),
    E.chain(() => claimFolder(settings.out, null, force)),
    E.chain(({ identity: { run }, release }) => {
      const record: RunRecord = { ...unmade, run, settings };
      const saved = saveCheckpoint(settings.out, ["last", "best"], { record, tensors }, "F32");
      release();
      return saved;
    }),
  );
