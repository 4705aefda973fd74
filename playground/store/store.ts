/** The page's state: what a visitor chose, what the worker told, and what is looked at. Views read its signals; only this file writes most of them. */
import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Fault } from "#mdr/faults/index.js";
import type { Picture } from "#mdr/pictures/browser.js";
import {
  type Asked,
  type Choices,
  type Data,
  type Moment,
  type Neighbour,
  type Shown,
  type Standing,
  type Told,
  usualChoices,
} from "#mdr/play/index.js";
import { momentAt, remembered } from "./history.js";
import { racing, titleOf } from "./racers.js";
import { asItIs, type WhatIf } from "./whatIf.js";

/** One of those that run side by side. */
export interface Racer {
  /** Its own among all that ever began: views of another racer are other views. */
  readonly id: number;
  readonly index: number;
  readonly choices: Choices;
  readonly title: string;
  /** All that is kept of its moments, oldest first. */
  readonly moments: Signal<readonly Moment[]>;
  /** The moment that is shown: the newest, or the one that somebody looks back at. */
  readonly shown: ReadonlySignal<Moment | undefined>;
  readonly whatIf: Signal<WhatIf>;
}

/** A fault as it is shown; the same one again is not shown twice. */
export interface Complaint {
  readonly id: number;
  readonly fault: Fault;
  readonly racer: string | undefined;
}

type Opened = Told & { readonly kind: "opened" };

/** Where the answer to the visitor's own picture stands. */
export interface Search {
  readonly picture: Picture;
  readonly name: string;
  /** Undefined while the worker looks. */
  readonly neighbours: readonly Neighbour[] | undefined;
}

/** As many complaints are shown at once. */
const mostComplaints = 4;

/** @param ask hands a question to the worker @param save gives a visitor a file */
export const createStore = (
  ask: (asked: Asked) => void,
  save: (name: string, bytes: Uint8Array) => void,
  first: Partial<{ choices: Choices; race: boolean }> = {},
) => {
  const choices = signal<Choices>(first.choices ?? usualChoices);
  const race = signal(first.race ?? false);
  const data = signal<Data>({ kind: "species" });
  const racers = signal<readonly Racer[]>([]);
  const opened = signal<Opened | undefined>(undefined);
  const pictures = signal<readonly Shown[]>([]);
  const standing = signal<Standing>({ state: "preparing", step: 0, last: 0, kept: [] });
  const complaints = signal<readonly Complaint[]>([]);
  const search = signal<Search | undefined>(undefined);
  /** The step that is looked back at while the slider is held; undefined: the newest. */
  const lookingAt = signal<number | undefined>(undefined);
  /** A picture that was pointed out, by its place among those shown. */
  const chosen = signal<number | undefined>(undefined);
  /** A run that is begun anew while one plays goes on playing. */
  let playsOn = false;
  /** Begun, and not yet heard to be prepared: until then all that is told is of the run before. */
  let unheard = 0;
  let complaintCount = 0;
  let racerCount = 0;

  const racer = (own: Choices, index: number): Racer => {
    const moments = signal<readonly Moment[]>([]);
    const shown = computed(() => (lookingAt.value === undefined ? moments.value.at(-1) : momentAt(moments.value, lookingAt.value)));
    return { id: racerCount++, index, choices: own, title: titleOf(own), moments, shown, whatIf: signal(asItIs) };
  };

  const complain = (fault: Fault, index?: number): void => {
    const title = index === undefined || racers.value.length < 2 ? undefined : racers.value[index]?.title;
    const others = complaints.value.filter((one) => one.fault.message !== fault.message || one.racer !== title);
    complaints.value = [...others, { id: complaintCount++, fault, racer: title }].slice(-mostComplaints);
  };

  /** Begins anew with what is chosen now; goes on playing where it played. */
  const begin = (): void => {
    const own = racing(choices.value, race.value);
    playsOn = standing.value.state === "playing" || (playsOn && standing.value.state === "preparing");
    batch(() => {
      racers.value = own.map(racer);
      standing.value = { state: "preparing", step: 0, last: 0, kept: [] };
      pictures.value = [];
      search.value = undefined;
      chosen.value = undefined;
      lookingAt.value = undefined;
    });
    unheard += 1;
    ask({ kind: "begin", racers: own, data: data.value });
  };

  const hear = (told: Told): void => {
    if (told.kind === "standing" && told.state === "preparing") unheard -= 1;
    const late = unheard > 0 && (told.kind === "pictures" || told.kind === "moment" || told.kind === "standing" || told.kind === "found");
    if (late) return;
    switch (told.kind) {
      case "opened":
        opened.value = told;
        return;
      case "pictures":
        pictures.value = told.pictures;
        return;
      case "moment": {
        const one = racers.value[told.racer];
        if (one !== undefined) one.moments.value = remembered(one.moments.value, told.moment);
        return;
      }
      case "standing": {
        const { kind: _kind, ...now } = told;
        standing.value = now;
        if (now.state === "paused" && playsOn) {
          playsOn = false;
          ask({ kind: "play" });
        }
        return;
      }
      case "found":
        if (search.value !== undefined) search.value = { ...search.value, neighbours: told.neighbours };
        return;
      case "weights":
        save(told.name, told.bytes);
        return;
      case "fault":
        complain(told.fault, told.racer);
        return;
    }
  };

  /** What was seen after that step is forgotten: it will be seen again. */
  const forgetAfter = (step: number): void => {
    for (const { moments } of racers.value) moments.value = moments.value.filter((moment) => moment.step <= step);
  };

  return {
    choices,
    race,
    data,
    racers,
    opened,
    pictures,
    standing,
    complaints,
    search,
    lookingAt,
    chosen,
    begin,
    hear,
    complain,
    dismiss: (id: number): void => {
      complaints.value = complaints.value.filter((one) => one.id !== id);
    },
    play: (): void => ask({ kind: "play" }),
    pause: (): void => ask({ kind: "pause" }),
    step: (): void => ask({ kind: "step" }),
    rewind: (step: number): void => {
      const { kept } = standing.value;
      const to = kept.findLast((one) => one <= step) ?? 0;
      batch(() => {
        lookingAt.value = undefined;
        forgetAfter(to);
      });
      ask({ kind: "rewind", step: to });
    },
    find: (picture: Picture, name: string, racerIndex: number, count: number): void => {
      search.value = { picture, name, neighbours: undefined };
      ask({ kind: "find", racer: racerIndex, picture, count });
    },
    weights: (racerIndex: number): void => ask({ kind: "weights", racer: racerIndex }),
  };
};

/** What `createStore` makes. */
export type Store = ReturnType<typeof createStore>;
