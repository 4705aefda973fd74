/** The worker's side: messages asked in, messages told out. It knows no worker: a test drives it as a worker does. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { type EngineOpener, type OpenedEngine, openers } from "../engines/index.js";
import { failed, inWords, misused } from "../faults/index.js";
import { type Choices, playTable } from "./choices.js";
import { openersWith, openWished, runningOf, safest, triedAll } from "./engines.js";
import type { Mailbox } from "./mailbox.js";
import type { Asked, Data, Told, Tried } from "./messages.js";
import { type Gathered, gathered } from "./pictures.js";
import { asTold, openRace, type Race, type Trouble } from "./race.js";

/** What the session runs on. */
export interface Host {
  readonly openers: readonly EngineOpener[];
  /** Milliseconds that only grow. */
  readonly now: () => number;
}

/** The worker of a page. */
export const usualHost: Host = { openers, now: () => performance.now() };

/** Moments of a second at most, and the share of the time that they may take; of a second, moments that are kept to go back to. */
const looks = { perSecond: 12, share: 1 / 3, keptPerSecond: 2 } as const;

/** What all racers share: they see the same pictures and compute on one engine. */
const shared = ["species", "perSpecies", "imageSize", "seed", "engine", "gpuMode", "threads"] as const;

/** Racers that may run together. Left: a choice that cannot be, named. */
const checked = (racers: readonly Choices[]): E.Either<Trouble, readonly Choices[]> => {
  const [first] = racers;
  if (first === undefined) return E.left({ fault: misused("there is no racer", { where: "the race" }) });
  const apart = shared.find((name) => racers.some((racer) => racer[name] !== first[name]));
  if (apart !== undefined)
    return E.left({
      fault: misused("is not the same for all racers: they run on the same pictures and one engine", { where: `{${apart}}` }),
    });
  return pipe(
    racers,
    E.traverseArray((racer) => playTable.parse("the choices", racer) as E.Either<Trouble["fault"], Choices>),
    E.mapLeft((fault): Trouble => ({ fault })),
  );
};

/** An open race, and all that it takes to open it anew. */
interface Running {
  readonly race: Race;
  readonly racers: readonly Choices[];
  readonly pictures: Gathered;
}

/** Nothing runs, and nothing can be gone back to. */
const idle = (state: "preparing" | "ended"): Told => ({ kind: "standing", state, step: 0, last: 0, kept: [] });

/** Answers what is asked, until it is asked to close. Faults are told and end nothing. */
export async function* serve(asked: Mailbox<Asked>, host: Host = usualHost): AsyncGenerator<Told, void> {
  let engine: { readonly opened: OpenedEngine; readonly wish: string } | undefined;
  let tried: readonly Tried[] | undefined;
  let running: Running | undefined;
  let playing = false;
  let nextLook = 0;
  let nextKept = 0;

  const told = ({ info, reason }: OpenedEngine, because: string = reason): Told => ({
    kind: "opened",
    info: runningOf(info),
    why: because,
    tried: tried ?? [],
  });

  const dropRace = async (): Promise<void> => {
    const dropped = running;
    running = undefined;
    playing = false;
    await dropped?.race.close();
  };

  const dropEngine = async (): Promise<void> => {
    const dropped = engine;
    engine = undefined;
    await dropped?.opened.close();
  };

  /** The engine that is open already, where it is the one wished for; else that one. */
  const opened = async (wish: Choices): Promise<E.Either<Trouble, OpenedEngine>> => {
    const name = `${wish.engine} ${wish.gpuMode} ${wish.threads}`;
    if (engine?.wish === name) return E.right(engine.opened);
    await dropEngine();
    tried ??= await triedAll(openersWith(1, host.openers))();
    const made = await openWished(wish, host.openers)();
    if (E.isLeft(made)) return E.left({ fault: made.left });
    engine = { opened: made.right, wish: name };
    return made;
  };

  /** Moments of the race as it stands, kept now and then where it only goes by; and its standing. */
  async function* shown(race: Race, passing = false): AsyncGenerator<Told, void> {
    const from = host.now();
    const keep = !passing || from >= nextKept;
    const moments = await race.look(keep)();
    if (keep) nextKept = from + 1000 / looks.keptPerSecond;
    if (E.isLeft(moments)) {
      yield* trouble(moments.left);
      return;
    }
    const cost = host.now() - from;
    nextLook = host.now() + Math.max(1000 / looks.perSecond, cost * (1 / looks.share - 1));
    yield* moments.right;
    playing = playing && !race.isOver();
    yield race.standing(race.isOver() ? "ended" : playing ? "playing" : "paused");
  }

  /** Goes on with the safest engine from what was kept last, where the one that failed was another; else tells of the fault and pauses. */
  async function* trouble(found: Trouble): AsyncGenerator<Told, void> {
    const safe = host.openers.find(({ name }) => name === safest);
    yield asTold(found);
    if (running === undefined) return;
    if (found.fault.kind !== "engine" || engine === undefined || safe === undefined || engine.opened.info.name === safest) {
      playing = false;
      yield running.race.standing("paused");
      return;
    }
    const { race, racers, pictures } = running;
    const wish = { ...(racers[0] as Choices), engine: safest, gpuMode: "auto" };
    const goesOn = playing;
    const trail = race.trail();
    // What is left of a lost device cannot always be closed either.
    await dropRace().catch(() => undefined);
    await dropEngine().catch(() => undefined);
    const again = await pipe(
      openWished(wish, host.openers),
      TE.mapLeft((fault): Trouble => ({ fault })),
      TE.chain((other) => {
        engine = { opened: other, wish: "" };
        return openRace(other, racers, pictures, trail);
      }),
    )();
    if (E.isLeft(again) || engine === undefined) {
      if (E.isLeft(again)) yield asTold(again.left);
      yield idle("ended");
      return;
    }
    running = { race: again.right, racers, pictures };
    playing = goesOn;
    yield told(engine.opened, `${found.fault.what}; the race goes on from step ${trail.at(-1)?.step ?? 0} with engine ${safest}`);
    yield* shown(running.race);
  }

  async function* begin(wanted: readonly Choices[], data: Data): AsyncGenerator<Told, void> {
    await dropRace();
    yield idle("preparing");
    const prepared = await pipe(
      TE.fromEither(checked(wanted)),
      TE.bindTo("racers"),
      TE.bind("pictures", ({ racers }) =>
        pipe(
          TE.fromEither(gathered(racers[0] as Choices, data)),
          TE.mapLeft((fault): Trouble => ({ fault })),
        ),
      ),
      TE.bind(
        "opened",
        ({ racers }) =>
          () =>
            opened(racers[0] as Choices),
      ),
      TE.bind("race", (all) => openRace(all.opened, all.racers, all.pictures)),
    )();
    if (E.isLeft(prepared)) {
      yield asTold(prepared.left);
      yield idle("ended");
      return;
    }
    const { race, racers, pictures } = prepared.right;
    running = { race, racers, pictures };
    yield told(prepared.right.opened);
    yield { kind: "pictures", pictures: pictures.shown, probe: race.probe };
    yield* shown(race);
  }

  /** One step of each racer, and their moments where they are due. */
  async function* stepped(race: Race, single: boolean): AsyncGenerator<Told, void> {
    const done = await race.step();
    if (E.isLeft(done)) {
      yield* trouble(done.left);
      return;
    }
    yield* done.right.troubles.map(asTold);
    const rests = single || done.right.over || done.right.troubles.length > 0;
    if (rests || done.right.epochEnded || host.now() >= nextLook) yield* shown(race, !rests);
  }

  async function* answered(race: TE.TaskEither<Trouble, Told>): AsyncGenerator<Told, void> {
    const answer = await race();
    if (E.isRight(answer)) yield answer.right;
    else if (answer.left.fault.kind === "engine") yield* trouble(answer.left);
    else yield asTold(answer.left);
  }

  async function* answer(message: Exclude<Asked, { readonly kind: "close" }>): AsyncGenerator<Told, void> {
    if (message.kind === "begin") {
      yield* begin(message.racers, message.data);
      return;
    }
    if (running === undefined) {
      yield asTold({ fault: misused("nothing has begun", { where: message.kind, remedy: "begin a race first" }) });
      return;
    }
    const { race } = running;
    switch (message.kind) {
      case "play":
        playing = !race.isOver();
        yield race.standing(playing ? "playing" : "ended");
        return;
      case "pause":
        playing = false;
        yield* shown(race);
        return;
      case "step":
        playing = false;
        yield* stepped(race, true);
        return;
      case "rewind": {
        playing = false;
        const moments = await race.rewind(message.step)();
        if (E.isLeft(moments)) yield* trouble(moments.left);
        else {
          yield* moments.right;
          yield race.standing(race.isOver() ? "ended" : "paused");
        }
        return;
      }
      case "find":
        yield* answered(race.find(message.racer, message.picture, message.count));
        return;
      case "weights":
        yield* answered(race.weights(message.racer));
    }
  }

  try {
    for (;;) {
      const message = playing ? asked.poll() : await asked.take();
      if (message?.kind === "close") return;
      try {
        if (message !== undefined) yield* answer(message);
        else if (running !== undefined) yield* stepped(running.race, false);
      } catch (thrown) {
        playing = false;
        yield asTold({ fault: failed(inWords(thrown)) });
      }
    }
  } finally {
    await dropRace();
    await dropEngine();
  }
}
