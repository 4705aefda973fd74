/** What a page and its worker say to each other. All of it can be cloned: values without functions. */
import type { Fault } from "../faults/index.js";
import type { Picture } from "../pictures/browser.js";
import type { Named, Tensor } from "../tensor/index.js";
import type { Choices } from "./choices.js";

/** A picture that the visitor gave, sorted into a class. */
export interface GivenPicture {
  readonly name: string;
  readonly label: string;
  readonly picture: Picture;
}

/** Where the pictures come from: drawn here, or given. */
export type Data = { readonly kind: "species" } | { readonly kind: "given"; readonly pictures: readonly GivenPicture[] };

/** What a page asks of its worker. */
export type Asked =
  /** One racer, or several on the same pictures; replaces whatever ran; stands paused at step 0 with a moment of each. */
  | { readonly kind: "begin"; readonly racers: readonly Choices[]; readonly data: Data }
  | { readonly kind: "play" }
  | { readonly kind: "pause" }
  /** One step of each racer, then paused. */
  | { readonly kind: "step" }
  /** To the kept step at or before `step`, paused; going on gives the same numbers as before. */
  | { readonly kind: "rewind"; readonly step: number }
  /** The nearest of all pictures shown, seen and unseen. */
  | { readonly kind: "find"; readonly racer: number; readonly picture: Picture; readonly count: number }
  /** The bytes of a checkpoint that the `mdr` command reads. */
  | { readonly kind: "weights"; readonly racer: number }
  | { readonly kind: "close" };

/** A picture as it is shown. */
export interface Shown {
  readonly label: string;
  /** Whether its class trains, or is never seen in training. */
  readonly part: "train" | "unseen";
  readonly name: string;
  /** Its longer side has 48 pixels or less. */
  readonly thumbnail: Picture;
}

/** An engine that was tried, in one of its modes. */
export interface Tried {
  readonly name: string;
  /** The way that was tried; `auto` where the engine has one way. */
  readonly mode: string;
  readonly available: boolean;
  /** The device where it is available, the reason where it is not. */
  readonly why: string;
}

/** Where the arithmetic runs. */
export interface Running {
  readonly name: string;
  readonly backend: string;
  /** In words; of the wasm engine with its threads, and why not more of them. */
  readonly device: string;
  /** It is made for a GPU and computes on a CPU here. */
  readonly software: boolean;
}

/** Some pictures' embeddings as the network made them, before any head; and which pictures they are. */
export interface Looked {
  /** [N, D] */
  readonly embeddings: Tensor;
  /** The class of each: training classes are 0, 1, .., unseen ones follow them. */
  readonly labels: readonly number[];
  /** Positions among the pictures shown. */
  readonly pictures: readonly number[];
}

/**
 * What a moment of a run looks like: training pictures as many as a batch, of classes in equal shares, and a sample of unseen ones, both the
 * same from moment to moment, embedded by the network of that step as evaluation uses it.
 */
export interface Moment {
  /** Steps done. */
  readonly step: number;
  /** Epochs done, in part: step / iterations. */
  readonly epoch: number;
  /** Of the step's batch; undefined before the first step. */
  readonly loss: number | undefined;
  /** What else the step told: `metricLoss`, `meanDistance`, `mdrLoss`, `levels`, ..; empty before the first step. */
  readonly parts: Named<number | readonly number[]>;
  /** 0 before the first step. */
  readonly imagesPerSecond: number;
  readonly learningRate: number;
  readonly probe: Looked;
  readonly unseen: Looked;
  /** The objective's own after that step: levels (`regularizer.levels`); mu* and sigma* (`regularizer.mean`, `regularizer.deviation`). */
  readonly objective: {
    readonly parameters: Named<Tensor>;
    readonly state: Named<Tensor>;
    /** How many classes train. */
    readonly classes: number;
  };
  /** Recall@1, where an epoch ended with this step: of all unseen pictures among each other, and of all that train. */
  readonly recall?: { readonly unseen: number; readonly seen: number };
}

/** How things stand. `kept` are the steps that one can rewind to, ascending. */
export interface Standing {
  readonly state: "preparing" | "paused" | "playing" | "ended";
  /** Steps done. */
  readonly step: number;
  /** Steps of the whole run. */
  readonly last: number;
  readonly kept: readonly number[];
}

/** A picture shown that is near to one asked with. */
export interface Neighbour {
  /** Position among the pictures shown. */
  readonly picture: number;
  readonly distance: number;
}

/** What a worker tells its page. */
export type Told =
  | { readonly kind: "opened"; readonly info: Running; readonly why: string; readonly tried: readonly Tried[] }
  /** Those that train come first; `probe` are positions among them. */
  | { readonly kind: "pictures"; readonly pictures: readonly Shown[]; readonly probe: readonly number[] }
  | { readonly kind: "moment"; readonly racer: number; readonly moment: Moment }
  | ({ readonly kind: "standing" } & Standing)
  | { readonly kind: "found"; readonly racer: number; readonly neighbours: readonly Neighbour[] }
  | { readonly kind: "weights"; readonly racer: number; readonly name: string; readonly bytes: Uint8Array }
  /** Never ends the worker. */
  | { readonly kind: "fault"; readonly fault: Fault; readonly racer?: number };
