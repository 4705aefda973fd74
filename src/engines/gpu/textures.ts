/** Plans on WebGL: kernels one after another, on textures that stay on the device. */
import type { Opened } from "./backends.js";
import { type Kernel, kernelSettings, type Texture } from "./library.js";
import type { Launch, Node } from "./plan.js";
import type { OnDevice, Plan, Runner } from "./runner.js";
import { kernelText } from "./source.js";

const textureOf = (opened: Opened, kernel: Kernel, values: readonly unknown[]): Texture => {
  const result = kernel(...values) as Partial<Texture> | undefined;
  if (typeof result?.toArray !== "function") throw new Error(`asked for ${opened.backend}, but GPU.js ran a kernel elsewhere`);
  return result as Texture;
};

const kernelFor = ({ gpu }: Opened, { text, output }: Pick<Launch, "text" | "output">): Kernel =>
  gpu.createKernel(text, { ...kernelSettings, output: [...output], pipeline: true, immutable: true });

/** What the plans of one open backend share. */
export interface Textures {
  /** An array that goes up when a plan first reads it, and stays until it is released. */
  readonly upload: (numbers: Float32Array) => OnDevice;
  /** Destroys kernels, and leaves the others working. */
  readonly destroy: (kernels: Iterable<Kernel>) => void;
  /** The backend closes, and takes everything with it. */
  readonly shut: () => void;
}

export const texturesOf = (opened: Opened): Textures => {
  const state: { shut: boolean; last: Kernel | undefined } = { shut: false, last: undefined };
  const kernels = new Map<number, Kernel>();
  const uploader = (length: number): Kernel => {
    const kernel = kernels.get(length) ?? kernelFor(opened, { text: kernelText(opened.dialect, 1, "return a0[i];"), output: [length] });
    kernels.set(length, kernel);
    return kernel;
  };
  const upload: Textures["upload"] = (numbers) => {
    const own: { texture: Texture | undefined } = { texture: undefined };
    return {
      owner: opened,
      texture: () => {
        own.texture ??= textureOf(opened, uploader(numbers.length), [numbers]);
        return own.texture;
      },
      read: () => numbers,
      share: () => upload(numbers),
      release: () => {
        own.texture?.delete();
        own.texture = undefined;
      },
    };
  };
  return {
    upload,
    // Every kernel draws from the vertices of the one that was built last (docs/gpujs-notes.md), so one is built that stays.
    destroy: (gone) => {
      if (state.shut) return;
      for (const kernel of gone) kernel.destroy();
      const next = kernelFor(opened, { text: "function () { return 0.0; }", output: [1] });
      textureOf(opened, next, []).delete();
      state.last?.destroy();
      state.last = next;
    },
    shut: () => {
      state.shut = true;
    },
  };
};

/**
 * Runs a plan's kernels in order. A kernel is compiled once for its text and the sizes of what it reads, however often
 * the plan has it, and its texture is written again once nothing holds it.
 */
export const textureRunner = (opened: Opened, { upload, destroy }: Textures, { launches, inputs, outputs }: Plan): Runner => {
  const kernels = new Map<string, Kernel>();
  const constants = new Map<number, OnDevice>();
  const state = { lent: 0, closed: false };

  const call = (launch: Launch, values: readonly unknown[]): Texture => {
    const { text, output, inputs: reads } = launch;
    const key = `${output.join(" ")} (${reads.map(({ size }) => size).join(" ")}) ${text}`;
    const kernel = kernels.get(key) ?? kernelFor(opened, launch);
    kernels.set(key, kernel);
    return textureOf(opened, kernel, values);
  };

  /** Results that nothing reads after each launch. */
  const done = ((): readonly (readonly number[])[] => {
    const last = new Map<number, number>();
    launches.forEach(({ node, inputs: reads }, place) => {
      for (const { id } of [node, ...reads]) last.set(id, place);
    });
    for (const { id } of outputs) last.delete(id);
    const made = new Set(launches.map(({ node }) => node.id));
    return launches.map((_, place) => [...last].flatMap(([id, at]) => (at === place && made.has(id) ? [id] : [])));
  })();

  const finish = (): void => {
    if (!state.closed || state.lent > 0) return;
    for (const constant of constants.values()) constant.release();
    destroy(kernels.values());
    constants.clear();
    kernels.clear();
  };
  /** Reading a texture needs the kernel that made it: kernels outlive the plan until the last is released. */
  const lend = (texture: Texture): OnDevice => {
    state.lent += 1;
    const own = { released: false };
    return {
      owner: opened,
      texture: () => {
        if (own.released) throw new Error("this tensor was released");
        return texture;
      },
      read: () => {
        if (own.released) throw new Error("this tensor was released");
        return texture.toArray();
      },
      share: () => lend(texture.clone()),
      release: () => {
        if (own.released) return;
        own.released = true;
        texture.delete();
        state.lent -= 1;
        finish();
      },
    };
  };

  const constantOf = (node: Node & { readonly kind: "constant" }): OnDevice => {
    const constant = constants.get(node.id) ?? upload(node.data);
    constants.set(node.id, constant);
    return constant;
  };

  return {
    run: async (given) => {
      const values = new Map<number, Texture>();
      const read = (node: Node): Texture | undefined => (node.kind === "constant" ? constantOf(node).texture() : values.get(node.id));
      inputs.forEach(({ id }, place) => {
        const store = given[place];
        if (store !== undefined && !(store instanceof Float32Array)) values.set(id, store.texture());
      });
      launches.forEach((launch, place) => {
        values.set(launch.node.id, call(launch, launch.inputs.map(read)));
        for (const id of done[place] ?? []) values.get(id)?.delete();
      });
      const fault = opened.fault();
      if (fault !== null) throw new Error(fault);
      return outputs.map(({ id }) => {
        const texture = values.get(id);
        if (texture === undefined) throw new Error("GPU.js gave back no result");
        return lend(texture);
      });
    },
    close: () => {
      state.closed = true;
      finish();
    },
  };
};
