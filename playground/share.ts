/** The address says everything that was chosen: who gets it sees the same run, and back and forward go through what was tried. */
import { effect, type Signal } from "@preact/signals";
import * as E from "fp-ts/lib/Either.js";
import { type Fault, misused } from "#mdr/faults/index.js";
import { type Choices, ofQuery, toQuery, usualChoices } from "#mdr/play/index.js";

/** What an address holds. */
export interface Shared {
  readonly choices: Choices;
  /** Whether the three methods run side by side. */
  readonly race: boolean;
  /** The step of the tour that is open, 1 being the first. */
  readonly tour: number | undefined;
}

/** What the page keeps in its address beside the choices. */
const own = ["race", "tour"] as const;

/** As it is without an address's query. */
export const usualShared: Shared = { choices: usualChoices, race: false, tour: undefined };

const wrong = (name: string, text: string, remedy: string): Fault => misused(`${name} is "${text}"`, { where: "the address", remedy });

/**
 * What a query (`location.search`) says. Left: a name or value that cannot be, named; nothing of such an address is taken.
 * @param steps how many steps the tour has
 */
export const sharedOf = (search: string, steps: number): E.Either<Fault, Shared> => {
  const read = ofQuery(search, own);
  if (E.isLeft(read)) return read;
  const { choices, more } = read.right;
  const { race, tour } = more;
  if (race !== undefined && race !== "on") return E.left(wrong("race", race, "leave it out, or say race=on"));
  const step = tour === undefined ? undefined : Number(tour);
  if (step !== undefined && !(Number.isInteger(step) && step >= 1 && step <= steps))
    return E.left(wrong("tour", tour ?? "", `say tour=1 to tour=${steps}`));
  return E.right({ choices, race: race === "on", tour: step });
};

/** The query that says it: "" where all is usual. */
export const searchOf = ({ choices, race, tour }: Shared): string => {
  const query = toQuery(choices, { ...(race ? { race: "on" } : {}), ...(tour === undefined ? {} : { tour: String(tour) }) });
  return query === "" ? "" : `?${query}`;
};

/** What is chosen, as the page holds it. */
export interface Held {
  readonly choices: Signal<Choices>;
  readonly race: Signal<boolean>;
  readonly tour: Signal<number | undefined>;
}

/** Changes that follow one another sooner than this, in milliseconds, are one: a slider that is drawn along is one step back. */
const settles = 300;

/**
 * Keeps the address and what is chosen alike, both ways: a change is a new entry of the history once it has settled, and an entry that is
 * gone back to is chosen again. An address that cannot be is complained of, and all is as usual. Gives back what ends it.
 */
export const keepAddress = (held: Held, steps: number, complain: (fault: Fault) => void): (() => void) => {
  let settling: ReturnType<typeof setTimeout> | undefined;
  const write = (shared: Shared): void => {
    const search = searchOf(shared);
    if (search !== location.search) history.pushState(null, "", `${location.pathname}${search}`);
  };
  const restore = (): void => {
    clearTimeout(settling);
    const read = sharedOf(location.search, steps);
    if (E.isLeft(read)) complain(read.left);
    const { choices, race, tour } = E.getOrElse(() => usualShared)(read);
    held.race.value = race;
    held.tour.value = tour;
    // The same values are no change: what watches the choices begins a run for each.
    if (toQuery(held.choices.value) !== toQuery(choices)) held.choices.value = choices;
  };
  addEventListener("popstate", restore);
  const forget = effect(() => {
    const shared = { choices: held.choices.value, race: held.race.value, tour: held.tour.value };
    clearTimeout(settling);
    settling = setTimeout(() => write(shared), settles);
  });
  return () => {
    removeEventListener("popstate", restore);
    clearTimeout(settling);
    forget();
  };
};
