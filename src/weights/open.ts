/** A file of weights of any format that is read here, known by its first bytes. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { isPickle, isZip, legacyTensors, zipTensors } from "./pytorch/index.js";
import { decodeTensors, type TensorFile } from "./safetensors.js";

/**
 * The tensors of a safetensors file or of a file of PyTorch's `torch.save`, by their names there: of nested dictionaries the keys that
 * lead to one, joined by points. `name` says in errors which file it is. Left: what is wrong with it; nothing in it is ever run.
 */
export const decodeWeights = (name: string, bytes: Uint8Array): E.Either<string, TensorFile> => {
  const read = isZip(bytes) ? zipTensors : isPickle(bytes) ? legacyTensors : undefined;
  if (read === undefined) return decodeTensors(name, bytes);
  return pipe(
    read(bytes),
    E.filterOrElse(
      (tensors) => tensors.length > 0,
      () => "there is no tensor in it",
    ),
    E.bimap(
      (what) => `${name}: ${what}; give a file that torch.save(model.state_dict(), FILE) has written`,
      (tensors) => ({ tensors: Object.fromEntries(tensors), metadata: {} }),
    ),
  );
};
