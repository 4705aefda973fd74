/** Everything that `npm run bench -- WORD` measures, by its word. What one needs is loaded when it is asked for. */
import { steps } from "./kernels.js";

/** What the line asks for; what it leaves open each bench fills in. */
export interface Wishes {
  readonly asJson: boolean;
  readonly quick: boolean;
  readonly of: string | undefined;
  readonly backend: string | undefined;
  readonly steps: number | undefined;
  readonly pictures: number | undefined;
  readonly size: number | undefined;
  readonly times: number | undefined;
  readonly data: string | undefined;
  readonly out: string | undefined;
  /** The first and the last. */
  readonly seeds: readonly [number, number];
}

/** A choice that the line must name, and does not, or one that this bench has not. */
export class Mistaken extends Error {}

export interface Bench {
  /** Follows the word and a comma. */
  readonly about: string;
  readonly run: (wishes: Wishes) => unknown;
}

const folderOf = (word: string, data: string | undefined): string => {
  if (data === undefined) throw new Mistaken(`${word} needs --data, a folder of class folders`);
  return data;
};

export const benches: Readonly<Record<string, Bench>> = {
  gpu: {
    about: "the GPU.js engine backend by backend",
    run: async (wishes) => {
      if (wishes.backend === "wasm")
        throw new Mistaken("gpu measures the backends of GPU.js; the wasm engine is measured without that word");
      await (await import("./gpu.js")).benchGpu(wishes);
    },
  },
  webgpu: {
    about: "the tiled WebGPU kernel beside GPU.js's and the wasm engine's, in Chromium, on the adapter that it has",
    run: async (wishes) => (await import("./webgpu.js")).benchWebGpu(wishes),
  },
  soak: {
    about: "memory over thousands of training steps",
    run: async (wishes) => (await import("./soak.js")).benchSoak(wishes),
  },
  profile: {
    about: "where a training step spends its time; `profile resnet18` that of another network",
    run: async (wishes) => (await import("./profile.js")).benchProfile(steps[wishes.of === "resnet18" ? 1 : 0], wishes),
  },
  step: {
    about: "forward and step of three networks beside PyTorch, on one thread; `step resnet18` of one of them",
    run: async (wishes) => (await import("./oneThread.js")).benchOneThread({ ...wishes, network: wishes.of }),
  },
  memory: {
    about: "what programs take",
    run: async (wishes) =>
      (await import("./memory.js")).benchMemory(
        [...steps, { kind: "step", name: "step resnet50", backbone: "resnet50", batch: 128, side: 224 }],
        wishes,
      ),
  },
  store: {
    about: "what decoded pictures take (--pictures 200000)",
    run: async (wishes) => (await import("./store.js")).benchStore(wishes.pictures ?? 200_000, wishes),
  },
  sop: {
    about: "what an epoch over as many pictures as SOP has takes, decoding included (--pictures 50000)",
    run: async (wishes) => (await import("./sop.js")).benchSop(wishes.pictures ?? 50_000, wishes),
  },
  evaluation: {
    about: "exact retrieval metrics beside PyTorch's (--size 10000; SOP's test half has 60502)",
    run: async (wishes) => (await import("./evaluation.js")).benchEvaluation(wishes.size ?? 10_000, wishes),
  },
  decoding: {
    about: "how fast JPEGs become pixels",
    run: async (wishes) => (await import("./decoding.js")).benchDecoding(wishes),
  },
  bombs: {
    about: "what hostile and odd pictures cost",
    run: async (wishes) => (await import("./bombs.js")).benchBombs(wishes),
  },
  damage: {
    about: "whether damaged files of a run are noticed (--times 1000)",
    run: async (wishes) => (await import("./damage.js")).benchDamage(wishes.times ?? 1000, wishes),
  },
  kills: {
    about: "whether a run killed at random moments ends in the same bits (--times 100)",
    run: async (wishes) => (await import("./kills.js")).benchKills(wishes.times ?? 100, wishes),
  },
  "index-kills": {
    about: "whether an index does (--times 50)",
    run: async (wishes) => (await import("./indexKills.js")).benchIndexKills(wishes.times ?? 50, wishes),
  },
  queue: {
    about: "whether a grid does whose workers are killed (--times 20)",
    run: async (wishes) => (await import("./queue.js")).benchQueue(wishes.times ?? 20, wishes),
  },
  hostile: {
    about: "what damaged models, galleries and databases do (--times 5000)",
    run: async (wishes) => (await import("./hostile.js")).benchHostile(wishes.times ?? 5000, wishes),
  },
  search: {
    about: "exact and approximate neighbours (--size, by itself 10000 and then 100000)",
    run: async (wishes) => (await import("./search.js")).benchSearch(wishes.size === undefined ? [10_000, 100_000] : [wishes.size], wishes),
  },
  serve: {
    about: "what the service withstands (--pictures 2000)",
    run: async (wishes) => (await import("./serve.js")).benchServe(wishes.pictures ?? 2000, wishes),
  },
  twin: {
    about: "whether an independent program trains to the same recall (--data FOLDER --seeds 1-10)",
    run: async (wishes) => {
      const data = folderOf("twin", wishes.data);
      (await import("./twin.js")).benchTwin({ ...wishes, data, out: wishes.out ?? "runs/twin" });
    },
  },
  "end-to-end": {
    about: "mdr train and mdr embed beside PyTorch and Pillow, from files to results (--data FOLDER --pictures 10000)",
    run: async (wishes) => {
      const data = folderOf("end-to-end", wishes.data);
      await (await import("./endToEnd.js")).benchEndToEnd({ ...wishes, data, pictures: wishes.pictures ?? (wishes.quick ? 1000 : 10_000) });
    },
  },
  recipe: {
    about: "which recipe suits photographs (--data FOLDER)",
    run: async (wishes) => {
      const data = folderOf("recipe", wishes.data);
      (await import("./recipe.js")).benchRecipe({ ...wishes, data, out: wishes.out ?? "runs/recipe" });
    },
  },
  start: {
    about: "whether the weights in the package help photographs (--data FOLDER --seeds 1-3)",
    run: async (wishes) => {
      const data = folderOf("start", wishes.data);
      await (await import("./start.js")).benchStart({ ...wishes, data, out: wishes.out ?? "runs/start" });
    },
  },
  networks: {
    about: "whether PyTorch's files of weights give its embeddings, and how fast ResNet-50 is",
    run: async (wishes) => (await import("./networks.js")).benchNetworks(wishes),
  },
  export: {
    about: "how near the embeddings of exported models are",
    run: async (wishes) => (await import("./exporting.js")).benchExport(wishes),
  },
  size: {
    about: "of the package, and of what a page loads",
    run: async (wishes) => (await import("./size.js")).benchSize(wishes),
  },
  scale: {
    about: "what each part costs for a picture, a million and a hundred million",
    run: async (wishes) => (await import("./scale.js")).benchScale(wishes),
  },
  playground: {
    about: "when it is painted, and how long it keeps its page waiting",
    run: async (wishes) => (await import("./playground.js")).benchPlayground(wishes),
  },
};
