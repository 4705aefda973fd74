/** How a component comes by the store. */
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Decoder } from "../data/decode.js";
import type { Easel } from "../draw/easel.js";
import type { Frames } from "../draw/frames.js";
import type { Lens } from "../views/lens.js";
import type { Racer, Store } from "./store.js";

/** What every component may ask for: the page's state, threads that decode photos and that draw, and what to see racers through. */
export interface Tools {
  readonly store: Store;
  readonly decode: Decoder;
  readonly lens: (racer: Racer) => Lens;
  readonly easel: Easel;
  readonly turns: Frames;
}

export const ToolsContext = createContext<Tools | undefined>(undefined);

/** Within the app it is always there. */
export const useTools = (): Tools => {
  const tools = useContext(ToolsContext);
  if (tools === undefined) throw new Error("useTools: outside the app");
  return tools;
};

/** The page's state. */
export const useStore = (): Store => useTools().store;
