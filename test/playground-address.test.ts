/** What the playground's address says: round trips, bad values by name, and a history that goes back and forward through what was tried. */
import { signal } from "@preact/signals";
import * as E from "fp-ts/lib/Either.js";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Fault } from "#mdr/faults/index.js";
import { usualChoices } from "#mdr/play/index.js";
import { keepAddress, searchOf, sharedOf, usualShared } from "../playground/share.js";

const steps = 6;

const right = (search: string) => {
  const read = sharedOf(search, steps);
  if (E.isLeft(read)) throw new Error(read.left.message);
  return read.right;
};

const refused = (search: string): string =>
  E.foldW(
    ({ message }: Fault) => message,
    () => "taken",
  )(sharedOf(search, steps));

describe("an address", () => {
  test("of the usual choices is bare", () => {
    expect(searchOf(usualShared)).toBe("");
    expect(right("")).toEqual(usualShared);
  });

  test("says what is not usual, and is read as it was written", () => {
    const shared = { choices: { ...usualChoices, lambda: 0.3, levels: [-2, 2], seed: 7 }, race: true, tour: 5 };
    expect(searchOf(shared)).toMatch(/^\?.*levels=-2,2.*&race=on&tour=5$/);
    expect(right(searchOf(shared))).toEqual(shared);
  });

  test.each([
    ["?race=yes", /race is "yes".*race=on/],
    ["?tour=7", /tour is "7".*tour=1 to tour=6/],
    ["?tour=0", /tour is "0"/],
    ["?tour=1.5", /tour is "1.5"/],
    ["?lambda=-1", /lambda/],
    ["?lamda=1", /lamda/],
    ["?engine=steam", /engine/],
  ])("%s is refused by name", (search, said) => expect(refused(search)).toMatch(said));
});

describe("the history", () => {
  /** A window's history, as far as it is used. */
  const entries = { list: [""], at: 0 };
  const listeners = new Set<() => void>();
  const here = () => entries.list[entries.at] ?? "";
  const go = (by: number) => {
    entries.at += by;
    for (const listener of listeners) listener();
  };

  beforeEach(() => {
    vi.useFakeTimers();
    entries.list = [""];
    entries.at = 0;
    listeners.clear();
    vi.stubGlobal("location", {
      pathname: "/play/",
      get search() {
        return here();
      },
    });
    vi.stubGlobal("history", {
      pushState: (_state: unknown, _title: string, address: string) => {
        entries.list = [...entries.list.slice(0, entries.at + 1), address.slice("/play/".length)];
        entries.at += 1;
      },
    });
    vi.stubGlobal("addEventListener", (_kind: string, listener: () => void) => listeners.add(listener));
    vi.stubGlobal("removeEventListener", (_kind: string, listener: () => void) => listeners.delete(listener));
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  const kept = () => {
    const held = { choices: signal(usualChoices), race: signal(false), tour: signal<number | undefined>(undefined) };
    const faults: Fault[] = [];
    const end = keepAddress(held, steps, (fault) => faults.push(fault));
    const choose = (changed: Partial<typeof usualChoices>) => {
      held.choices.value = { ...held.choices.value, ...changed } as typeof usualChoices;
    };
    return { held, faults, end, choose };
  };

  test("has one entry for a slider that is drawn along, and none for what is as it was", () => {
    const { end, choose } = kept();
    vi.runAllTimers();
    expect(entries.list).toEqual([""]);
    for (const lambda of [0.2, 0.3, 0.4]) choose({ lambda });
    expect(entries.list).toEqual([""]);
    vi.runAllTimers();
    expect(entries.list).toEqual(["", "?lambda=0.4"]);
    end();
  });

  test("goes back and forward through what was tried, and begins nothing that runs already", () => {
    const { held, end, choose } = kept();
    choose({ lambda: 0.4 });
    vi.runAllTimers();
    held.race.value = true;
    held.tour.value = 2;
    vi.runAllTimers();
    expect(entries.list).toEqual(["", "?lambda=0.4", "?lambda=0.4&race=on&tour=2"]);
    const before = held.choices.value;
    go(-1);
    expect([held.choices.value === before, held.race.value, held.tour.value]).toEqual([true, false, undefined]);
    go(-1);
    expect(held.choices.value).toEqual(usualChoices);
    go(2);
    expect([held.choices.value.seed, held.race.value, held.tour.value]).toEqual([usualChoices.seed, true, 2]);
    vi.runAllTimers();
    expect(entries.list).toHaveLength(3);
    end();
  });

  test("that leads to an address that cannot be says so and takes the usual", () => {
    const { held, faults, end, choose } = kept();
    choose({ lambda: 0.4 });
    vi.runAllTimers();
    entries.list = ["?lambda=much", "?lambda=0.4"];
    go(-1);
    expect(faults.map(({ message }) => message)).toEqual([expect.stringMatching(/lambda/)]);
    expect(held.choices.value).toEqual(usualChoices);
    end();
    choose({ lambda: 0.5 });
    vi.runAllTimers();
    expect(listeners.size).toBe(0);
    expect(entries.list).toHaveLength(2);
  });
});
