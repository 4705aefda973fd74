/** The runtime of ONNX models: onnxruntime-node where it is installed, for it is native, else onnxruntime-web, which is WebAssembly. */
import * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import { type Fault, failed, reasonOf } from "../faults/index.js";

export interface RuntimeTensor {
  readonly dims: readonly number[];
  readonly type: string;
  readonly data: unknown;
}

interface ValueAbout {
  readonly name: string;
  readonly isTensor: boolean;
  readonly type?: string;
  /** A name stands for a length that the model leaves open. */
  readonly shape?: readonly (number | string)[];
}

export interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly inputMetadata: readonly ValueAbout[];
  readonly run: (feeds: Readonly<Record<string, RuntimeTensor>>) => Promise<Readonly<Record<string, RuntimeTensor>>>;
  readonly release: () => Promise<void>;
}

/** What is used of either package: their interfaces are one. */
export interface Runtime {
  readonly name: string;
  readonly InferenceSession: { readonly create: (model: Uint8Array, options?: object) => Promise<Session> };
  readonly Tensor: new (type: "float32", data: Float32Array, dims: readonly number[]) => RuntimeTensor;
}

type Package = Omit<Runtime, "name">;

const isPackage = (found: unknown): found is Package =>
  typeof found === "object" && found !== null && "InferenceSession" in found && "Tensor" in found;

/** A package as an import gives it, which may be its default export. */
const packageIn = (imported: object): Package | undefined => {
  const inner: unknown = "default" in imported ? imported.default : undefined;
  return [imported, inner].find(isPackage);
};

/** A bundler takes an import that is caught for one that may fail, and does not insist on a package that is not installed. */
const absent = (thrown: unknown): never => {
  throw thrown;
};

const packages: Readonly<Record<string, () => Promise<object>>> = {
  "onnxruntime-node": () => import("onnxruntime-node").catch(absent),
  "onnxruntime-web": () => import("onnxruntime-web").catch(absent),
};

const missing = (reasons: readonly string[]): Fault =>
  failed(`no runtime for ONNX models works here (${reasons.join("; ")})`, {
    remedy: "install one: `npm install onnxruntime-web`, or onnxruntime-node, which is native and faster",
  });

/** The first runtime that works. */
export const openRuntime: TE.TaskEither<Fault, Runtime> = async () => {
  const reasons: string[] = [];
  for (const [name, load] of Object.entries(packages)) {
    try {
      const found = packageIn(await load());
      if (found !== undefined) return E.right({ name, InferenceSession: found.InferenceSession, Tensor: found.Tensor });
      reasons.push(`${name} is not what it should be`);
    } catch (thrown) {
      reasons.push(`${name}: ${reasonOf(thrown).split("\n")[0]}`);
    }
  }
  return E.left(missing(reasons));
};
