/** What a backbone is: a network from pictures to embeddings, and all that others must know of it. */
import { type Fields, partOf, type ValuesOf, whole } from "../../settings/index.js";
import type { ChannelStatistics } from "../../tensor/index.js";
import type { Layer } from "../layer.js";

/** What every backbone is told, whichever it is. */
export const commonFields = {
  embedding: whole(1, 16_384).default(64).describe("numbers in an embedding (paper: 512)"),
  featureWidth: whole(1, 65_536).optional().describe("numbers of a vector where the network takes vectors; as many as the file has"),
};

interface Told {
  /** A line for `--help`. */
  readonly about: string;
  /** Vectors that another network made, where not pictures. */
  readonly takes?: "vectors";
  /** What its pictures are normalised by. */
  readonly statistics: ChannelStatistics;
  /** Channels of its pictures. */
  readonly inputs: number;
  /** The published name of a parameter or a running statistic of ours, where weights are published: see `publishedWeights`. */
  readonly publishedName?: (name: string) => string;
}

/** A network from pictures, or vectors, to embeddings, and its settings. */
export interface Backbone extends Told {
  /** The settings that are this backbone's alone, each with a default and a description. */
  readonly settings: Fields;
  /** [N, H, W, inputs], or [N, featureWidth], -> [N, embedding]. Of all settings it takes its own and the common ones; what is not given has its default. */
  readonly build: (settings: Readonly<Record<string, unknown>>) => Layer;
}

/** A backbone whose `build` gets exactly the settings it states. */
export const describeBackbone = <F extends Fields>(
  own: Told & { readonly settings: F; readonly build: (settings: ValuesOf<F> & ValuesOf<typeof commonFields>) => Layer },
): Backbone => ({
  ...own,
  build: (settings) => own.build({ ...partOf(own.settings, settings), ...partOf(commonFields, settings) }),
});
