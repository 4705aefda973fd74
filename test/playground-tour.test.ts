/** The tour: what each step brings the page to, and that it sets a run going once, when that run stands there. */
import { batch, signal } from "@preact/signals";
import { describe, expect, test } from "vitest";
import { type Choices, usualChoices } from "#mdr/play/index.js";
import { recipeName } from "#mdr/train/index.js";
import { racing, titleOf } from "../playground/store/racers.js";
import { guide, tourSteps } from "../playground/tour/index.js";

type State = "preparing" | "paused" | "playing" | "ended";

/** A page whose runs begin when they are told to, so that a test sees what happens meanwhile. */
const pageAt = (first: number | undefined, choices: Choices = usualChoices) => {
  const page = {
    choices: signal(choices),
    race: signal(false),
    racers: signal<readonly { readonly title: string }[]>([]),
    standing: signal<{ readonly state: State }>({ state: "preparing" }),
    plays: 0,
    play: () => {
      page.plays += 1;
      page.standing.value = { state: "playing" };
    },
    begin: () => {
      batch(() => {
        page.racers.value = racing(page.choices.value, page.race.value).map((own) => ({ title: titleOf(own) }));
        page.standing.value = { state: "preparing" };
      });
      page.standing.value = { state: "paused" };
    },
  };
  const at = signal(first);
  const end = guide(page, at);
  return { page, at, end };
};

const turn = () => new Promise((resolve) => setTimeout(resolve));

describe("the tour", () => {
  test("has six steps, from a triplet to why there are levels, each at a part of the page", () => {
    expect(tourSteps.map(({ title }) => title)).toEqual([
      "What is a triplet?",
      "Learning from triplets",
      "All distances at once",
      "Learning by heart",
      "Give distances levels",
      "Why levels?",
    ]);
    expect(new Set(tourSteps.map(({ part }) => part))).toEqual(
      new Set(["#plane", "#distances", "#distances article:last-of-type", "#curves"]),
    );
  });

  test("shows triplets without setting them going, then trains them, then MDR beside them", async () => {
    const { page, at, end } = pageAt(1);
    await turn();
    expect(recipeName(page.choices.value)).toBe("triplet");
    page.begin();
    await turn();
    expect(page.plays).toBe(0);
    at.value = 2;
    await turn();
    expect(page.plays).toBe(1);
    at.value = 5;
    await turn();
    expect([page.race.value, page.plays]).toEqual([true, 1]);
    page.begin();
    await turn();
    expect(page.plays).toBe(2);
    expect(page.racers.value.map(({ title }) => title)).toEqual(["Triplet", "Triplet + L2", "Triplet + MDR"]);
    at.value = 6;
    await turn();
    expect(page.plays).toBe(2);
    end();
  });

  test("keeps a run that is what it wants, with all else that was chosen", async () => {
    const { page, at, end } = pageAt(undefined, { ...usualChoices, method: "triplet", seed: 9, lambda: 0.5 } as Choices);
    page.begin();
    await turn();
    const before = page.choices.value;
    at.value = 3;
    await turn();
    expect(page.choices.value).toBe(before);
    expect(page.plays).toBe(1);
    end();
  });

  test("lets a visitor pause: what was paused within a step stays so", async () => {
    const { page, at, end } = pageAt(undefined);
    at.value = 2;
    await turn();
    page.begin();
    await turn();
    expect(page.plays).toBe(1);
    page.standing.value = { state: "paused" };
    await turn();
    expect(page.plays).toBe(1);
    end();
    at.value = 3;
    await turn();
    expect(page.plays).toBe(1);
  });
});
