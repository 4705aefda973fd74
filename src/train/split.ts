/**
 * The split step: embed in micro-batches, judge all embeddings at once, pull back in micro-batches and add the gradients
 * up. The gradient is that of the whole batch, to rounding, in the memory of a small one; each picture goes forward twice.
 * Exact where no layer looks at its batch: with frozen batch normalisation, or with none.
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { networkLayout } from "../embed/index.js";
import type { Engine, Kernels, Resident } from "../engines/index.js";
import { type Fault, failed, misused } from "../faults/index.js";
import {
  axisLength,
  flatten,
  type Layout,
  layoutOf,
  type Named,
  named,
  prefixed,
  type Shape,
  scalar,
  shapesOf,
  sizeOf,
  type Tensor,
  under,
  unflatten,
  zeros,
} from "../tensor/index.js";
import { type Advanced, type Advancer, releaseAll } from "./advance.js";
import { observedLayout, readObserved } from "./observe.js";
import { carriedLayout, fresh, judge, judgedLayout, parametersOf, type StepSettings, scalarsLayout, scalarsOf, updated } from "./step.js";

/** A program with its inputs and outputs named. */
interface Part {
  readonly takes: Layout;
  readonly gives: readonly string[];
  readonly program: <T>(k: Kernels<T>, values: Named<T>) => Named<T>;
}

const namesOf = (layout: Layout): readonly string[] => layout.map(({ name }) => name);

/** The four programs of a split step; `embed` and `pull` are for micro-batches of this shape. */
const embedPart = (settings: StepSettings, images: Shape): Part => ({
  takes: [...networkLayout(settings.network), { name: "images", shape: images }],
  gives: ["embeddings"],
  program: (k, values) => {
    const forward = settings.network.forward(k, settings.mode);
    const { y } = forward(under("parameter.network", values), under("state.network", values), named(values, "images"));
    return { embeddings: y };
  },
});

const judgePart = (settings: StepSettings, count: number, width: number): Part => {
  const { objective } = settings;
  const gradients = layoutOf(prefixed("gradient.objective", objective.parameters));
  const state = layoutOf(prefixed("state.objective", objective.state));
  return {
    takes: [
      ...layoutOf(prefixed("parameter.objective", objective.parameters)),
      ...state,
      { name: "embeddings", shape: [count, width] },
      ...judgedLayout(objective, count),
    ],
    gives: ["toEmbeddings", ...namesOf(gradients), ...namesOf(state), "observed"],
    program: (k, values) => {
      const judged = judge(k, objective, values, named(values, "embeddings"), values);
      const pulled = judged.pull(k.constant(scalar(1)));
      return {
        toEmbeddings: pulled.embeddings,
        ...prefixed("gradient.objective", pulled.parameters),
        ...prefixed("state.objective", judged.state),
        observed: judged.observed,
      };
    },
  };
};

/** Forward again, then back: the gradients of one micro-batch, added to those of the ones before it. */
const pullPart = (settings: StepSettings, images: Shape, width: number): Part => {
  const gradients = layoutOf(prefixed("gradient.network", settings.network.parameters));
  return {
    takes: [
      ...networkLayout(settings.network),
      { name: "images", shape: images },
      { name: "toEmbeddings", shape: [axisLength(images, 0), width] },
      ...gradients,
    ],
    gives: namesOf(gradients),
    program: (k, values) => {
      const forward = settings.network.forward(k, settings.mode);
      const { pull } = forward(under("parameter.network", values), under("state.network", values), named(values, "images"));
      const own = prefixed("gradient.network", pull(named(values, "toEmbeddings")).parameters);
      return Object.fromEntries(Object.entries(own).map(([name, gradient]) => [name, k.zip("add", named(values, name), gradient)]));
    },
  };
};

const updatePart = (settings: StepSettings): Part => {
  const trained = parametersOf(settings);
  const carried = carriedLayout(settings).filter(({ name }) => !name.startsWith("state.objective."));
  return {
    takes: [...carried, ...layoutOf(prefixed("gradient", trained)), ...scalarsLayout],
    gives: namesOf(carried),
    // A frozen network's state is handed on as it is.
    program: (k, values) => ({
      ...updated(k, settings, values, under("gradient", values), scalarsOf(values)),
      ...prefixed("state.network", under("state.network", values)),
    }),
  };
};

/** A compiled part: residents by name in, residents by name out. */
interface Compiled {
  readonly run: (inputs: Named<Resident>) => TE.TaskEither<Fault, Named<Resident>>;
  readonly close: () => void;
}

/** A program over any engine's tensors, and the shapes of its inputs. */
export interface Traceable {
  readonly shapes: readonly Shape[];
  readonly program: <T>(k: Kernels<T>, inputs: readonly T[]) => readonly T[];
}

const traceable = ({ takes, gives, program }: Part): Traceable => ({
  shapes: shapesOf(takes),
  program: (k, inputs) => {
    const outputs = program(k, unflatten(takes, inputs));
    return gives.map((name) => fresh(k, inputs)(named(outputs, name)));
  },
});

const compiled = <T>(engine: Engine<T>, part: Part): TE.TaskEither<Fault, Compiled> => {
  const { shapes, program } = traceable(part);
  const byName = (residents: readonly Resident[]): Named<Resident> =>
    Object.fromEntries(part.gives.map((name, index) => [name, residents[index] as Resident]));
  return pipe(
    engine.compile(shapes, program),
    TE.map(({ run, close }) => ({ run: (inputs) => pipe(run(flatten(part.takes, inputs)), TE.map(byName)), close })),
  );
};

type Span = readonly [from: number, to: number];

/** Rows `from` up to but not including `to` of a tensor's first axis. */
const rows = ({ shape, data }: Tensor, from: number, to: number): Tensor => {
  const width = sizeOf(shape.slice(1));
  const part = new Float64Array((to - from) * width);
  for (let index = 0; index < part.length; index++) part[index] = data[from * width + index] as number;
  return { shape: [to - from, ...shape.slice(1)], data: part };
};

/** Why this network cannot be trained in micro-batches, if it cannot. */
export const unsplittable = ({ network, mode }: StepSettings): Fault | undefined =>
  mode === "train" && Object.keys(network.state).length > 0
    ? misused(
        "batch normalisation with batch statistics sees the whole batch, and a micro-batch's are others: use {batchNorm} frozen, or no {microBatch}",
      )
    : undefined;

const embeddingWidth = ({ network, images }: StepSettings): number =>
  E.match(
    () => 0,
    (shape: Shape) => axisLength(shape, -1),
  )(network.outputShape(images));

/** The part of a split step that needs the most memory, for whoever asks an engine how much that is. */
export const largestPart = (settings: StepSettings, micro: number): Traceable =>
  traceable(pullPart(settings, [micro, ...settings.images.slice(1)], embeddingWidth(settings)));

/** The programs of a split step in micro-batches of `micro` pictures, the last one maybe smaller. */
const partsOf = (settings: StepSettings, sizes: readonly number[]): Named<Part> => {
  const [count, ...picture] = settings.images;
  const width = embeddingWidth(settings);
  const each = sizes.map((size) => ({
    [`embed ${size}`]: embedPart(settings, [size, ...picture]),
    [`pull ${size}`]: pullPart(settings, [size, ...picture], width),
  }));
  return { judge: judgePart(settings, count ?? 0, width), update: updatePart(settings), ...Object.assign({}, ...each) };
};

/** Compiles all, or none: what was compiled before a failure is closed again. */
const compileAll =
  <T>(engine: Engine<T>, parts: Named<Part>): TE.TaskEither<Fault, Named<Compiled>> =>
  async () => {
    const programs: Record<string, Compiled> = {};
    for (const [name, part] of Object.entries(parts)) {
      const made = await compiled(engine, part)();
      if (E.isLeft(made)) {
        for (const { close } of Object.values(programs)) close();
        return made;
      }
      programs[name] = made.right;
    }
    return E.right(programs);
  };

/** Does the work, and lets go of the residents whatever it comes to. */
const using =
  <A>(residents: readonly Resident[], work: TE.TaskEither<Fault, A>): TE.TaskEither<Fault, A> =>
  async () => {
    const result = await work();
    releaseAll(residents);
    return result;
  };

/** Takes training forward by one split step at a time. */
export const splitAdvancer =
  <T>(engine: Engine<T>, settings: StepSettings, micro: number): TE.TaskEither<Fault, Advancer> =>
  async () => {
    const refused = unsplittable(settings);
    if (refused !== undefined) return E.left(refused);
    const count = axisLength(settings.images, 0);
    const width = embeddingWidth(settings);
    const carried = carriedLayout(settings);
    const observed = observedLayout(settings.objective);
    const spans = Array.from(
      { length: Math.ceil(count / micro) },
      (_, index): Span => [index * micro, Math.min(count, (index + 1) * micro)],
    );
    const made = await compileAll(engine, partsOf(settings, [...new Set(spans.map(([from, to]) => to - from))]))();
    if (E.isLeft(made)) return made;
    const run = (name: string, inputs: Named<Resident>) => named(made.right, name).run(inputs);

    const embedAll = (before: Named<Resident>, images: Tensor): TE.TaskEither<Fault, Tensor> =>
      pipe(
        spans,
        TE.traverseSeqArray(([from, to]) => {
          const part = engine.upload(rows(images, from, to));
          return using(
            [part],
            pipe(
              run(`embed ${to - from}`, { ...before, images: part }),
              TE.chain(({ embeddings }) =>
                embeddings === undefined ? TE.left(failed("no embeddings")) : using([embeddings], embeddings.read),
              ),
            ),
          );
        }),
        TE.map((parts) => ({ shape: [count, width], data: Float64Array.from(parts.flatMap(({ data }) => [...data])) })),
      );

    /** The network's gradients, added up over the micro-batches. */
    const pullAll = (before: Named<Resident>, images: Tensor, toEmbeddings: Tensor): TE.TaskEither<Fault, Named<Resident>> => {
      const nothing = Object.entries(settings.network.parameters).map(
        ([name, { shape }]) => [`gradient.network.${name}`, engine.upload(zeros(shape))] as const,
      );
      return spans.reduce<TE.TaskEither<Fault, Named<Resident>>>(
        (sum, [from, to]) =>
          pipe(
            sum,
            TE.chain((gradients) => {
              const own = { images: engine.upload(rows(images, from, to)), toEmbeddings: engine.upload(rows(toEmbeddings, from, to)) };
              return using(
                [...Object.values(own), ...Object.values(gradients)],
                run(`pull ${to - from}`, { ...before, ...gradients, ...own }),
              );
            }),
          ),
        TE.right(Object.fromEntries(nothing)),
      );
    };

    const step = (before: Named<Resident>, { images, ...given }: Named<Tensor>): TE.TaskEither<Fault, Advanced> => {
      if (images === undefined) throw new Error("train: a step without images");
      const values = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, engine.upload(value)]));
      return using(
        Object.values(values),
        pipe(
          embedAll(before, images),
          TE.chain((embeddings) => {
            const raw = engine.upload(embeddings);
            return using([raw], run("judge", { ...before, ...values, embeddings: raw }));
          }),
          TE.chain((judged) => {
            const [toEmbeddings, row] = [named(judged, "toEmbeddings"), named(judged, "observed")];
            const gradients = Object.entries(judged).filter(([name]) => name.startsWith("gradient."));
            const after = pipe(
              toEmbeddings.read,
              TE.chain((back) => pullAll(before, images, back)),
              TE.chain((own) => using(Object.values(own), run("update", { ...before, ...values, ...judged, ...own }))),
              TE.bindTo("moved"),
              TE.bind("read", () => row.read),
              TE.map(({ moved, read }) => ({
                carried: flatten(carried, { ...judged, ...moved }),
                observed: [readObserved(observed, read)],
              })),
            );
            return using([toEmbeddings, row, ...gradients.map(([, resident]) => resident)], after);
          }),
        ),
      );
    };

    return E.right({
      most: 1,
      advance: (residents, given) => {
        const [now] = given;
        if (now === undefined || given.length !== 1) throw new Error(`train: a split step takes one batch at a time, got ${given.length}`);
        return step(unflatten(carried, residents), now);
      },
      close: () => {
        for (const { close } of Object.values(made.right)) close();
      },
    });
  };
