/** Where the tour stands, and what it asks of the page at each step. */
import { batch, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Standing } from "#mdr/play/index.js";
import { methodTitles, racing, titleOf, withMethod } from "../store/racers.js";
import type { Racer, Store } from "../store/store.js";
import { type TourStep, tourSteps } from "./steps.js";

/** What the tour needs of a page. */
interface Page extends Pick<Store, "choices" | "race" | "play"> {
  readonly racers: ReadonlySignal<readonly Pick<Racer, "title">[]>;
  readonly standing: ReadonlySignal<Pick<Standing, "state">>;
}

/** Whether what runs is what a step wants. */
const runs = ({ racers }: Page, { wants }: TourStep): boolean => {
  const titles = racers.value.map(({ title }) => title);
  return wants.race ? titles.length > 1 : titles.length === 1 && titles[0] === methodTitles[wants.method];
};

const bring = ({ choices, race }: Page, { wants }: TourStep): void =>
  batch(() => {
    race.value = wants.race;
    const chosen = racing(choices.value, false).map(titleOf)[0];
    if (!wants.race && chosen !== methodTitles[wants.method]) choices.value = withMethod(choices.value, wants.method);
  });

/**
 * The tour of a page; `at` is its step, 1 being the first, or undefined while it is closed, and may be set by anyone. A step brings the
 * choices to what it shows, and sets the run going once that is what stands there. Gives back what ends it.
 */
export const guide = (page: Page, at: Signal<number | undefined>): (() => void) => {
  const waiting = signal<TourStep | undefined>(undefined);
  const bringing = effect(() => {
    const step = at.value === undefined ? undefined : tourSteps[at.value - 1];
    waiting.value = step?.plays ? step : undefined;
    // What the page has chosen is read but not watched: a visitor may change it within a step.
    if (step !== undefined) queueMicrotask(() => bring(page, step));
  });
  const playing = effect(() => {
    const step = waiting.value;
    const { state } = page.standing.value;
    if (step === undefined || !runs(page, step) || state === "preparing") return;
    queueMicrotask(() => {
      if (waiting.peek() !== step) return;
      waiting.value = undefined;
      if (state === "paused") page.play();
    });
  });
  return () => {
    bringing();
    playing();
  };
};
