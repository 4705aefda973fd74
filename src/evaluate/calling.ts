/** A call of a kernel of assembly/ranks.ts over a memory that is handed with it. */
import type { Call } from "./frame.js";

type Kernels = Readonly<Record<Call["name"], (...args: readonly number[]) => void>>;

/** Does what the call says, in the thread that asks. Throws where the kernel or its vectors fail. */
export const called = ({ module, memory, name, args }: Call): null => {
  const abort = (): never => {
    throw new Error("a wasm kernel aborted");
  };
  const kernels = new WebAssembly.Instance(module, { env: { memory, abort } }).exports as unknown as Kernels;
  kernels[name](...args);
  return null;
};
