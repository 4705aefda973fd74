/**
 * TensorFlow.js as a contestant: its wasm backend (which has no gradient of a convolution, so it only runs forward) and
 * its cpu backend, for the whole step on a compact backbone.
 */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { absent, type Contestant, reasonOf, type Work } from "./contestant.js";
import type { StepWork } from "./step.js";

type Tensorflow = typeof import("@tensorflow/tfjs-core");

type Run = () => Promise<void>;

const convolution = (tf: Tensorflow, work: Extract<Work, { kind: "convolution" }>): { run: Run; free: () => void } => {
  const { batch, side, channels } = work;
  const x = tf.randomUniform<import("@tensorflow/tfjs-core").Rank.R4>([batch, side, side, channels]);
  const w = tf.randomUniform<import("@tensorflow/tfjs-core").Rank.R4>([3, 3, channels, channels]);
  return {
    run: async () => {
      const y = tf.conv2d(x, w, 1, "same");
      y.dataSync();
      y.dispose();
    },
    free: () => tf.dispose([x, w]),
  };
};

/** The compact backbone's step in TensorFlow.js: triplet loss over all pairs, MDR, Adam. */
const step = (tf: Tensorflow, work: StepWork, batch: number): { run: Run; free: () => void } => {
  type T4 = import("@tensorflow/tfjs-core").Tensor4D;
  type T2 = import("@tensorflow/tfjs-core").Tensor2D;
  const variables: import("@tensorflow/tfjs-core").Variable[] = [];
  const weight = (shape: number[]) => {
    const made = tf.variable(tf.randomNormal(shape, 0, 0.1));
    variables.push(made);
    return made;
  };
  const layer = (inputs: number, outputs: number, size: number, stride: number) => {
    const w = weight([size, size, inputs, outputs]);
    const scale = weight([outputs]);
    const shift = weight([outputs]);
    return (x: T4): T4 => {
      const y = tf.conv2d(x, w as unknown as T4, stride, "same");
      const { mean, variance } = tf.moments(y, [0, 1, 2]);
      return tf.add(tf.mul(tf.div(tf.sub(y, mean), tf.sqrt(tf.add(variance, 1e-5))), scale), shift);
    };
  };
  const block = (inputs: number, outputs: number, stride: number) => {
    const first = layer(inputs, outputs, 3, stride);
    const second = layer(outputs, outputs, 3, 1);
    const around = inputs === outputs && stride === 1 ? undefined : layer(inputs, outputs, 1, stride);
    return (x: T4): T4 => tf.relu(tf.add(second(tf.relu(first(x))), around === undefined ? x : around(x)));
  };
  const stem = layer(3, 16, 3, 2);
  const blocks = [block(16, 16, 1), block(16, 32, 2), block(32, 64, 2), block(64, 128, 2)];
  const head = weight([128, 64]);
  const levels = tf.variable(tf.tensor1d([-3, 0, 3]));
  variables.push(levels);
  const images = tf.randomUniform([batch, work.side, work.side, 3]) as T4;
  const labels = tf.tensor1d(Array.from({ length: batch }, (_, index) => index % Math.max(1, batch / 4)));
  const others = tf.sub(1, tf.eye(batch));
  const same = tf.cast(tf.equal(tf.expandDims(labels, 1), tf.expandDims(labels, 0)), "float32");
  const positives = tf.mul(same, others);
  const pairs = batch * (batch - 1);
  const optimiser = tf.train.adam(1e-4);
  const loss = () => {
    const features = tf.mean(
      blocks.reduce((x, each) => each(x), tf.relu(stem(images))),
      [1, 2],
    ) as T2;
    const e = tf.matMul(features, head as unknown as T2);
    const squares = tf.sum(tf.square(e), 1, true);
    const squared = tf.sub(tf.add(squares, tf.transpose(squares)), tf.mul(2, tf.matMul(e, e, false, true)));
    const d = tf.mul(tf.sqrt(tf.maximum(squared, 1e-12)), others);
    const scaled = tf.div(d, tf.div(tf.sum(d), pairs));
    const negative = tf.max(tf.mul(scaled, tf.sub(1, same)), 1, true);
    const triplet = tf.div(tf.sum(tf.mul(tf.relu(tf.add(tf.sub(scaled, negative), 0.2)), positives)), tf.sum(positives));
    const gaps = tf.min(tf.abs(tf.sub(tf.expandDims(scaled, 2), levels)), 2);
    return tf.add(triplet, tf.mul(0.6, tf.div(tf.sum(tf.mul(gaps, others)), pairs))) as import("@tensorflow/tfjs-core").Scalar;
  };
  return {
    run: async () => {
      optimiser.minimize(loss)?.dispose();
      head.dataSync();
    },
    free: () => {
      tf.dispose([...variables, images, labels]);
      optimiser.dispose();
    },
  };
};

const contestant = (tf: Tensorflow, backend: string, threads: number, prepare: (work: Work) => Prepared | string): Contestant => {
  let current: { readonly work: Work; readonly ready: Prepared } | undefined;
  const forget = async (): Promise<void> => {
    current?.ready.free();
    current = undefined;
  };
  return {
    engine: `tfjs ${backend}`,
    threads,
    measure: async (work) => {
      try {
        await tf.setBackend(backend);
        if (current?.work !== work) {
          await forget();
          const ready = prepare(work);
          if (typeof ready === "string") return { reason: ready };
          current = { work, ready };
          if (ready.warm) await ready.run();
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
};

interface Prepared {
  readonly run: Run;
  readonly free: () => void;
  readonly warm: boolean;
  /** What the time is multiplied by, where a smaller batch stands for the whole. */
  readonly factor: number;
}

/** The cpu backend needs a minute for a batch of 64, so 4 pictures stand for them: its time grows with the pictures. */
const CPU_BATCH = 4;

export const tensorflow = async (): Promise<readonly Contestant[]> => {
  try {
    const tf = await import("@tensorflow/tfjs-core");
    await import("@tensorflow/tfjs");
    const wasm = await import("@tensorflow/tfjs-backend-wasm");
    const folder = dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm/package.json"));
    wasm.setWasmPaths(`${join(folder, "dist")}/`);
    wasm.setThreadsCount(2);
    await tf.setBackend("wasm");
    await tf.ready();
    const threads = await wasm.getThreadsCount();
    return [
      contestant(tf, "wasm", threads, (work) =>
        work.kind === "convolution" && work.direction === "forward"
          ? { ...convolution(tf, work), warm: true, factor: 1 }
          : "its wasm backend has no gradient of a convolution",
      ),
      contestant(tf, "cpu", 1, (work) =>
        work.kind === "step" && work.backbone === "compact"
          ? { ...step(tf, work, CPU_BATCH), warm: false, factor: work.batch / CPU_BATCH }
          : "only the compact step is measured here: the others take minutes",
      ),
    ];
  } catch (cause) {
    return [absent("tfjs wasm", 2, reasonOf(cause)), absent("tfjs cpu", 1, reasonOf(cause))];
  }
};
