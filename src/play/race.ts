/** A race: one racer or several on one engine, a step of each in turn, and the way back along what is kept of them. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import type { OpenedEngine } from "../engines/index.js";
import { nearestNeighbours } from "../evaluate/index.js";
import { type Fault, misused } from "../faults/index.js";
import type { Picture } from "../pictures/browser.js";
import { at, axisLength, type Tensor } from "../tensor/index.js";
import { recipeName } from "../train/index.js";
import type { Choices } from "./choices.js";
import { asEvaluated } from "./judged.js";
import type { Neighbour, Standing, Told } from "./messages.js";
import type { Gathered } from "./pictures.js";
import { openRacer, type Racer, type Snapped } from "./racer.js";
import { keptAt, keptUntil, type Trail, withKept } from "./trail.js";

/** A fault, and whose it is; of all where it is nobody's own. */
export interface Trouble {
  readonly fault: Fault;
  readonly racer?: number;
}

/** The racers at a step; nothing of one that is out. */
export type Snaps = readonly (Snapped | undefined)[];

/** What a step came to. */
export interface Stepped {
  /** Of racers that are out from now on. */
  readonly troubles: readonly Trouble[];
  /** An epoch ended with it. */
  readonly epochEnded: boolean;
  /** Nothing is left to do. */
  readonly over: boolean;
}

/** One racer or several on one engine. */
export interface Race {
  /** A step of each racer. Left: the engine fails, and nobody goes on. */
  readonly step: TE.TaskEither<Trouble, Stepped>;
  /** A moment of each racer, which may be kept to go back to; faults of racers that are out from now on. */
  readonly look: (keep: boolean) => TE.TaskEither<Trouble, readonly Told[]>;
  /** Back to what is kept at the step, or the last before it; its moments. */
  readonly rewind: (step: number) => TE.TaskEither<Trouble, readonly Told[]>;
  readonly find: (racer: number, picture: Picture, count: number) => TE.TaskEither<Trouble, Told>;
  readonly weights: (racer: number) => TE.TaskEither<Trouble, Told>;
  readonly standing: (state: Standing["state"]) => Told;
  readonly probe: readonly number[];
  readonly trail: () => Trail<Snaps>;
  readonly isOver: () => boolean;
  readonly close: () => Promise<void>;
}

/** What is seen of each racer, nothing of one that is out; and troubles of those that are out since. */
interface Looks<A> {
  readonly looks: readonly (A | undefined)[];
  readonly troubles: readonly Trouble[];
}

/** Bytes that all snapshots of a race may take together; three are kept whatever they take, and no more than the count. */
const room = { bytes: 64 * 2 ** 20, count: 400 } as const;

const bytesOf = (snaps: Snaps): number =>
  snaps.reduce(
    (sum, snap) => Object.values(snap?.carried ?? {}).reduce((own, { data }) => own + data.length * data.BYTES_PER_ELEMENT, sum),
    0,
  );

/** How many snapshots of this size are kept. */
export const mostKept = (snaps: Snaps): number => Math.min(room.count, Math.max(3, Math.floor(room.bytes / Math.max(1, bytesOf(snaps)))));

/** A trouble as it is told. */
export const asTold = ({ fault, racer }: Trouble): Told => ({ kind: "fault", fault, ...(racer === undefined ? {} : { racer }) });

const momentsOf = (looks: readonly (Pick<Snapped, "moment"> | undefined)[]): readonly Told[] =>
  looks.flatMap((one, racer): readonly Told[] => (one === undefined ? [] : [{ kind: "moment", racer, moment: one.moment }]));

const rowOf = ({ shape, data }: Tensor, row: number): readonly number[] =>
  Array.from({ length: axisLength(shape, 1) }, (_, column) => at(data, row * axisLength(shape, 1) + column));

/** Opens racers one after the other; what is open is closed again where one cannot be opened. */
const openAll =
  (
    opened: OpenedEngine,
    choices: readonly Choices[],
    pictures: Gathered,
    from: Snaps | undefined,
  ): TE.TaskEither<Trouble, (Racer | undefined)[]> =>
  async () => {
    const racers: (Racer | undefined)[] = [];
    for (const [racer, own] of choices.entries()) {
      const begun = from?.[racer];
      if (from !== undefined && begun === undefined) {
        racers.push(undefined);
        continue;
      }
      const made = await opened.engine((engine) => openRacer(engine, own, pictures, begun))();
      if (E.isLeft(made)) {
        for (const other of racers) await other?.close();
        return E.left({ fault: made.left, racer });
      }
      racers.push(made.right);
    }
    return E.right(racers);
  };

const raceOf = (
  opened: OpenedEngine,
  choices: readonly Choices[],
  pictures: Gathered,
  racers: (Racer | undefined)[],
  before: Trail<Snaps>,
): Race => {
  let lanes: readonly (Racer | undefined)[] = racers;
  let trail = before;
  const last = Math.max(...racers.map((racer) => racer?.last ?? 0));
  const allDone = (): boolean => lanes.every((racer) => racer === undefined || racer.step() >= racer.last);
  let isOver = allDone();
  const step = (): number => Math.max(0, ...lanes.map((racer) => racer?.step() ?? 0));

  const racerAt = (racer: number): E.Either<Trouble, Racer> =>
    E.fromNullable<Trouble>({ fault: misused(`there is no racer ${racer}, or it is out`, { where: "the race" }), racer })(lanes[racer]);

  const closeAll = async (): Promise<void> => {
    for (const racer of lanes) await racer?.close();
  };

  /** A racer with which nothing can be done any more is out, until the race is put back to where it was in. */
  const leave = async (racer: number): Promise<void> => {
    const left = lanes[racer];
    lanes = lanes.with(racer, undefined);
    isOver = isOver || allDone();
    await left?.close();
  };

  /** What `seen` sees of each racer; whose cannot be seen is out. */
  const seenOf = async <A>(seen: (racer: Racer) => TE.TaskEither<Fault, A>): Promise<E.Either<Trouble, Looks<A>>> => {
    const looks: (A | undefined)[] = [];
    const troubles: Trouble[] = [];
    for (const [racer, own] of lanes.entries()) {
      const look = own === undefined ? undefined : await seen(own)();
      if (look === undefined || E.isRight(look)) {
        looks.push(look?.right);
        continue;
      }
      if (look.left.kind === "engine") return E.left({ fault: look.left, racer });
      troubles.push({ fault: look.left, racer });
      looks.push(undefined);
      await leave(racer);
    }
    return E.right({ looks, troubles });
  };

  const told = ({ looks, troubles }: Looks<Pick<Snapped, "moment">>): readonly Told[] => [...troubles.map(asTold), ...momentsOf(looks)];

  const kept = (seen: Looks<Snapped>): Looks<Snapped> => {
    if (seen.looks.some((snap) => snap !== undefined)) trail = withKept(trail, step(), seen.looks, mostKept(seen.looks));
    return seen;
  };

  const look: Race["look"] = (keep) => () =>
    keep ? seenOf(({ snap }) => snap).then(E.map((seen) => told(kept(seen)))) : seenOf((racer) => racer.look).then(E.map(told));

  return {
    step: async () => {
      const troubles: Trouble[] = [];
      let [epochEnded, moved] = [false, false];
      for (const [racer, own] of lanes.entries()) {
        if (own === undefined) continue;
        const advanced = await own.advance();
        if (E.isLeft(advanced)) {
          if (advanced.left.kind === "engine") return E.left({ fault: advanced.left, racer });
          troubles.push({ fault: advanced.left, racer });
          await leave(racer);
          continue;
        }
        moved = moved || advanced.right;
        epochEnded = epochEnded || own.step() % (choices[racer]?.iterations ?? 1) === 0;
      }
      isOver = !moved || allDone();
      return E.right({ troubles, epochEnded, over: isOver });
    },
    look,
    rewind: (to) => {
      const kept = keptAt(trail, to);
      if (kept === undefined) return TE.left({ fault: misused("nothing is kept yet to go back to", { where: "the race" }) });
      return pipe(
        TE.fromTask<void, Trouble>(closeAll),
        TE.chain(() => openAll(opened, choices, pictures, kept.value)),
        TE.map((again) => {
          lanes = again;
          isOver = allDone();
          return momentsOf(kept.value);
        }),
      );
    },
    find: (racer, picture, count) =>
      pipe(
        TE.fromEither(racerAt(racer)),
        TE.chain((own) =>
          pipe(
            TE.right({ own }),
            TE.bind("gallery", () => own.embed(own.sources.all, Array.from(pictures.labels.keys()))),
            TE.bind("query", () => own.embed(own.sources.look(picture), [0])),
            TE.mapLeft((fault): Trouble => ({ fault, racer })),
          ),
        ),
        TE.map(({ own, gallery, query }): Told => {
          const [from, among] = [asEvaluated(own.choices, query), asEvaluated(own.choices, gallery)];
          const [nearest] = nearestNeighbours(from, among, { count, same: false });
          const asked = rowOf(from, 0);
          const neighbours = Array.from(nearest ?? []).map((position): Neighbour => {
            const row = rowOf(among, position);
            return { picture: position, distance: Math.hypot(...asked.map((value, index) => value - (row[index] ?? 0))) };
          });
          return { kind: "found", racer, neighbours };
        }),
      ),
    weights: (racer) =>
      pipe(
        TE.fromEither(racerAt(racer)),
        TE.chain((own) =>
          pipe(
            own.checkpoint,
            TE.map((bytes): Told => {
              const name = recipeName(own.choices).replaceAll(/[^\w-]+/g, "-");
              return { kind: "weights", racer, name: `${name}-step-${own.step()}.safetensors`, bytes };
            }),
            TE.mapLeft((fault): Trouble => ({ fault, racer })),
          ),
        ),
      ),
    standing: (state) => ({ kind: "standing", state, step: step(), last, kept: trail.map((kept) => kept.step) }),
    probe: racers.find((racer) => racer !== undefined)?.sources.probe ?? [],
    trail: () => trail,
    isOver: () => isOver,
    close: closeAll,
  };
};

/** A race at its beginning; with a trail, where that ends. */
export const openRace = (
  opened: OpenedEngine,
  choices: readonly Choices[],
  pictures: Gathered,
  trail: Trail<Snaps> = [],
): TE.TaskEither<Trouble, Race> => {
  const from = trail.at(-1);
  return pipe(
    openAll(opened, choices, pictures, from?.value),
    TE.map((racers) => raceOf(opened, choices, pictures, racers, from === undefined ? [] : keptUntil(trail, from.step))),
  );
};
