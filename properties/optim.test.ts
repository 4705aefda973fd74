import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { adam, adamScalars, cosineSchedule, sgd, stepSchedule } from "../src/optim/index.js";
import { itemOf, scalar, type Tensor } from "../src/tensor/index.js";
import { reference as k } from "./laws.js";

const gradients = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 1, maxLength: 15 });
const start = fc.double({ min: -2, max: 2, noNaN: true });

describe("optimisers, against the same recurrences written out by hand", () => {
  test("Adam with weight decay added to the gradient", () =>
    fc.assert(
      fc.property(gradients, start, fc.constantFrom(0, 0.01, 0.5), (gs, p0, weightDecay) => {
        const settings = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay };
        let [p, m, v] = [p0, 0, 0];
        let state = { parameter: scalar(p0), first: scalar(0), second: scalar(0) };
        gs.forEach((gradient, index) => {
          const t = index + 1;
          const g = gradient + weightDecay * p;
          m = 0.9 * m + (1 - 0.9) * g;
          v = 0.99 * v + (1 - 0.99) * g * g;
          p -= (0.05 * (m / (1 - 0.9 ** t))) / (Math.sqrt(v / (1 - 0.99 ** t)) + 1e-8);
          state = adam<Tensor>(k, settings)(adamScalars(t, 0.05, settings))(state, scalar(gradient));
          expect(itemOf(state.parameter)).toBeCloseTo(p, 9);
        });
      }),
    ));
  test("SGD with momentum and weight decay", () =>
    fc.assert(
      fc.property(gradients, start, (gs, p0) => {
        let [p, velocity] = [p0, 0];
        let state = { parameter: scalar(p0), velocity: scalar(0) };
        for (const gradient of gs) {
          velocity = 0.9 * velocity + gradient + 0.1 * p;
          p -= 0.05 * velocity;
          state = sgd<Tensor>(k, { momentum: 0.9, weightDecay: 0.1 })(scalar(0.05))(state, scalar(gradient));
          expect(itemOf(state.parameter)).toBeCloseTo(p, 12);
        }
      }),
    ));
});

describe("schedules", () => {
  test("steps: after epochs 40, 60 and 80 the rate is multiplied by 0.2", () => {
    const rate = stepSchedule(5e-5, [40, 60, 80], 0.2);
    expect([1, 40, 41, 60, 61, 80, 81, 100].map((epoch) => rate(epoch) / 5e-5)).toEqual(
      [1, 1, 0.2, 0.2, 0.04, 0.04, 0.008, 0.008].map((factor) => expect.closeTo(factor, 12)),
    );
  });
  test("cosine: from the full rate towards 0, never rising after the warm-up", () => {
    const rates = Array.from({ length: 20 }, (_, i) => cosineSchedule(1, 20, 3)(i + 1));
    expect(rates.slice(0, 4)).toEqual([0.25, 0.5, 0.75, 1]);
    for (let i = 4; i < 20; i++) expect(rates[i]).toBeLessThan(rates[i - 1] ?? 0);
    expect(rates.at(-1)).toBeLessThan(0.02);
  });
});
