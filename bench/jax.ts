/**
 * jax-js as a contestant: its wasm backend, compiled by its own `jit`. A 3x3 convolution forward and in both gradients, and the compact
 * network's step: batch normalisation, triplet loss over all pairs, MDR, Adam. Channels come first there. An array belongs to who uses it;
 * `.ref` is one use more.
 */
import type { Array as Values } from "@jax-js/jax";
import { absent, type Contestant, reasonOf, type Work } from "./contestant.js";

type Jax = typeof import("@jax-js/jax");

interface Prepared {
  readonly run: () => Promise<void>;
  /** What the time is multiplied by, where a smaller batch stands for the whole. */
  readonly factor: number;
  readonly free: () => void;
}

const random = (jax: Jax, seed: number, shape: number[]): Values => jax.random.uniform(jax.random.key(seed), shape).sub(0.5);

const convolution = (jax: Jax, { batch, side, channels, direction }: Extract<Work, { kind: "convolution" }>): Prepared => {
  const x = random(jax, 1, [batch, channels, side, side]);
  const w = random(jax, 2, [channels, channels, 3, 3]);
  const c = random(jax, 3, [batch, channels, side, side]);
  const forward = (a: Values, b: Values): Values => jax.lax.conv(a, b, [1, 1], "SAME");
  const pulled = (argument: 0 | 1) => (a: Values, b: Values, d: Values) =>
    jax.grad((first: Values, second: Values) => jax.numpy.sum(forward(first, second).mul(d)), { argnums: argument })(a, b) as Values;
  const one = direction === "forward" ? undefined : jax.jit(pulled(direction === "toInput" ? 0 : 1));
  const plain = jax.jit(forward);
  return {
    factor: 1,
    run: async () => {
      const y = one === undefined ? plain(x.ref, w.ref) : one(x.ref, w.ref, c.ref);
      await y.data();
    },
    free: () => {
      for (const each of [x, w, c]) each.dispose();
    },
  };
};

/** Widths of the compact network's blocks, and their strides. */
const blocks = [
  [16, 16, 1],
  [16, 32, 2],
  [32, 64, 2],
  [64, 128, 2],
] as const;

/** Kernels in the order in which `embedded` takes them: [outputs, inputs, size], each with a scale and a shift. */
const kernels = [
  [16, 3, 3],
  ...blocks.flatMap(([inputs, outputs, stride]) => [
    [outputs, inputs, 3],
    [outputs, outputs, 3],
    ...(inputs === outputs && stride === 1 ? [] : [[outputs, inputs, 1]]),
  ]),
] as const;

/** A step of 64 pictures takes it minutes, so 8 stand for them: its time grows with the pictures. */
const BATCH = 8;

const step = (jax: Jax, { batch: whole, side }: Extract<Work, { kind: "step" | "inference" }>): Prepared => {
  const batch = Math.min(whole, BATCH);
  const { numpy: np, lax, nn } = jax;
  const everywhere = (channels: number): number[] => [1, channels, 1, 1];
  const weights = kernels.flatMap(([outputs = 0, inputs = 0, size = 0], index) => [
    random(jax, index, [outputs, inputs, size, size]).mul(0.2),
    np.ones(everywhere(outputs)),
    np.zeros(everywhere(outputs)),
  ]);
  let parameters: Values[] = [...weights, random(jax, 99, [128, 64]), np.array([-3, 0, 3])];
  let first: Values[] = parameters.map(({ shape }) => np.zeros(shape));
  let second: Values[] = parameters.map(({ shape }) => np.zeros(shape));
  const images = random(jax, 100, [batch, 3, side, side]);
  const classes = Array.from({ length: batch }, (_, index) => index % (batch / 4));
  const mask = (holds: (a: number, b: number) => boolean): Values =>
    np.array(classes.map((_, a) => classes.map((__, b) => (holds(a, b) ? 1 : 0))));
  const others = mask((a, b) => a !== b);
  const positives = mask((a, b) => a !== b && classes[a] === classes[b]);
  const negatives = mask((a, b) => classes[a] !== classes[b]);

  const loss = (own: Values[], x: Values, apart: Values, alike: Values, unlike: Values): Values => {
    let at = 0;
    const next = (): Values => own[at++] as Values;
    const layer = (y: Values, stride: number): Values => {
      const z = lax.conv(y, next(), [stride, stride], "SAME");
      const centred = z.ref.sub(np.mean(z, [0, 2, 3], { keepdims: true }));
      const variance = np.mean(np.square(centred.ref), [0, 2, 3], { keepdims: true });
      return centred
        .div(np.sqrt(variance.add(1e-5)))
        .mul(next())
        .add(next());
    };
    let y = nn.relu(layer(x, 2));
    for (const [inputs, outputs, stride] of blocks) {
      const inner = layer(nn.relu(layer(y.ref, stride)), 1);
      y = nn.relu(inner.add(inputs === outputs && stride === 1 ? y : layer(y, stride)));
    }
    const e = np.matmul(np.mean(y, [2, 3]), next());
    const squares = np.sum(np.square(e.ref), 1, { keepdims: true });
    const products = np.matmul(e.ref, np.transpose(e));
    const squared = squares.ref.add(np.transpose(squares)).sub(products.mul(2));
    const d = np.sqrt(np.maximum(squared, 1e-6)).mul(apart.ref);
    const pairs = batch * (batch - 1);
    const scaled = d.ref.div(np.sum(d).div(pairs));
    const farthest = np.max(scaled.ref.mul(unlike), 1, { keepdims: true });
    const triplet = np.sum(nn.relu(scaled.ref.sub(farthest).add(0.2)).mul(alike.ref)).div(np.sum(alike));
    const gaps = np.min(np.abs(np.expandDims(scaled, 2).sub(next())), 2);
    return triplet.add(np.sum(gaps.mul(apart)).mul(0.6 / pairs));
  };
  const stepped = jax.jit((own: Values[], m: Values[], v: Values[], x: Values, apart: Values, alike: Values, unlike: Values) => {
    const gradients = jax.grad(loss)(
      own.map((one) => one.ref),
      x,
      apart,
      alike,
      unlike,
    ) as Values[];
    const moved = m.map((one, index) => one.mul(0.9).add((gradients[index] as Values).ref.mul(0.1)));
    const spread = v.map((one, index) => one.mul(0.999).add(np.square(gradients[index] as Values).mul(0.001)));
    const after = own.map((one, index) =>
      one.sub((moved[index] as Values).ref.mul(1e-4).div(np.sqrt((spread[index] as Values).ref).add(1e-8))),
    );
    return [after, moved, spread] as Values[][];
  });
  return {
    factor: whole / batch,
    run: async () => {
      const [after = [], moved = [], spread = []] = stepped(
        parameters,
        first,
        second,
        images.ref,
        others.ref,
        positives.ref,
        negatives.ref,
      ) as Values[][];
      [parameters, first, second] = [after, moved, spread];
      await parameters.at(-1)?.ref.data();
    },
    free: () => {
      for (const each of [...parameters, ...first, ...second, images, others, positives, negatives]) each.dispose();
    },
  };
};

/** It runs one thread in Node. */
export const jaxJs = async (): Promise<Contestant> => {
  try {
    const jax = await import("@jax-js/jax");
    await jax.init("wasm");
    jax.defaultDevice("wasm");
    let current: { readonly work: Work; readonly ready: Prepared } | undefined;
    const forget = async (): Promise<void> => {
      current?.ready.free();
      current = undefined;
    };
    return {
      engine: "jax-js wasm",
      threads: 1,
      measure: async (work) => {
        try {
          if (current?.work !== work) {
            await forget();
            if (work.kind !== "convolution" && !(work.kind === "step" && work.backbone === "compact"))
              return { reason: "only convolutions and the compact step are written for it" };
            current = { work, ready: work.kind === "convolution" ? convolution(jax, work) : step(jax, work) };
            // The first call compiles.
            await current.ready.run();
          }
          const start = performance.now();
          await current.ready.run();
          return { milliseconds: (performance.now() - start) * current.ready.factor };
        } catch (cause) {
          return { reason: reasonOf(cause) };
        }
      },
      forget,
      close: forget,
    };
  } catch (cause) {
    return absent("jax-js wasm", 1, reasonOf(cause));
  }
};
