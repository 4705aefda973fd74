/** What opens an engine: how it is called, the ways it can run, whether it works here, and what speaks for it. */
import * as E from "fp-ts/lib/Either.js";
import type * as T from "fp-ts/lib/Task.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import { engineError, type Fault } from "../faults/index.js";
import { generate } from "../tensor/index.js";
import type { Engine, EngineInfo, SomeEngine } from "./engine.js";

/** What trying one way of an engine came to: a line of `mdr devices`. */
export interface EngineReport {
  readonly engine: string;
  /** The way that was tried: one of the opener's modes, or `auto`. */
  readonly mode: string;
  /** What really runs; the mode where nothing does. */
  readonly backend: string;
  readonly works: boolean;
  /** It is made for a GPU and computes on a CPU here. */
  readonly software: boolean;
  /** The device in words; empty where it does not work. */
  readonly device: string;
  /** Why it does not work and what to do; null where it does. */
  readonly problem: Fault | null;
}

/** What speaks for an open engine, or against it, when nobody named one. */
export interface Verdict {
  /** The engine of the largest is taken, the first of several. */
  readonly speed: number;
  readonly because: string;
}

/** A way to an engine. */
export interface EngineOpener {
  /** Its name in settings and records. */
  readonly name: string;
  /** What it is, in a line. */
  readonly about: string;
  /** The ways to run that can be asked for by name on this host, `auto` left out; none where there is one way. */
  readonly modes: readonly string[];
  /** Tries one way (`auto` where there are no modes). A broken driver may take the process with it where `mayCrash`. */
  readonly probe: (mode: string) => T.Task<EngineReport>;
  readonly mayCrash?: true;
  /** By a mode's name that way, or a fault that says why not; `auto`, the best that works. */
  readonly open: (mode: string) => TE.TaskEither<Fault, SomeEngine>;
  /** When nobody names an engine: the largest speed it can have, and the one it has. Never taken where this is missing. */
  readonly auto?: { readonly most: number; readonly verdict: (info: EngineInfo) => Verdict };
}

const side = 8;

const entryOf = (flat: number): number => (flat % 7) - 3;

/** Entry `flat` of the product of the [side, side] matrix of `entryOf` with itself. */
const productEntry = (flat: number): number => {
  const [row, column] = [Math.floor(flat / side), flat % side];
  return Array.from({ length: side }, (_, k) => entryOf(row * side + k) * entryOf(k * side + column)).reduce((sum, term) => sum + term, 0);
};

/** Multiplies two small matrices of whole numbers, and looks at every number; gives what is wrong. */
const flawOf = async <A>({ compile, upload }: Engine<A>): Promise<Fault | null> => {
  const program = await compile([[side, side]], (k, [x]) => (x === undefined ? [] : [k.matmul(x, x)]))();
  if (E.isLeft(program)) return program.left;
  const input = upload(generate([side, side], entryOf));
  const results = await program.right.run([input])();
  if (E.isLeft(results)) return results.left;
  const product = await results.right[0]?.read();
  for (const resident of [input, ...results.right]) resident.release();
  program.right.close();
  if (product === undefined) return engineError("a program of one result gave back none");
  if (E.isLeft(product)) return product.left;
  const wrong = [...product.right.data].findIndex((value, flat) => value !== productEntry(flat));
  return wrong < 0
    ? null
    : engineError(`entry ${wrong} of a ${side} x ${side} product of whole numbers is wrong`, { remedy: "do not train on this device" });
};

/** Opens an engine, lets it multiply two small matrices, and closes it. */
const probeBy =
  ({ name, open }: Pick<EngineOpener, "name" | "open">): EngineOpener["probe"] =>
  (mode) =>
  async () => {
    const opened = await open(mode)();
    if (E.isLeft(opened)) {
      return { engine: name, mode, backend: mode, works: false, software: false, device: "", problem: opened.left };
    }
    return opened.right(async (engine) => {
      const problem = await flawOf(engine);
      await engine.close();
      const { backend, software = false, device } = engine.info;
      return { engine: name, mode, backend, works: problem === null, software, device: problem === null ? device : "", problem };
    });
  };

/** An opener whose probe is a small product. */
export const openerOf = (parts: Omit<EngineOpener, "probe">): EngineOpener => ({ ...parts, probe: probeBy(parts) });
