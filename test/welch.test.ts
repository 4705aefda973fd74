/** The test by which `npm run bench -- twin` compares two programs, against closed forms and printed tables. */
import { describe, expect, it } from "vitest";
import { welch } from "../bench/welch.js";
import { sampleOf, studentP } from "../src/experiments/index.js";

describe("Welch's test", () => {
  it("has Student's p in closed form for one and two degrees of freedom", () => {
    for (const t of [0, 0.3, -1, 2.5, 12]) {
      expect(studentP(t, 1)).toBeCloseTo(1 - (2 / Math.PI) * Math.atan(Math.abs(t)), 9);
      expect(studentP(t, 2)).toBeCloseTo(1 - Math.abs(t) / Math.sqrt(2 + t * t), 9);
    }
  });

  it("has the 5 % and 1 % points of printed tables", () => {
    for (const [freedom, five, one] of [
      [5, 2.5706, 4.0321],
      [10, 2.2281, 3.1693],
      [18, 2.1009, 2.8784],
      [30, 2.0423, 2.75],
    ] as const) {
      expect(studentP(five, freedom)).toBeCloseTo(0.05, 4);
      expect(studentP(one, freedom)).toBeCloseTo(0.01, 4);
    }
  });

  it("is Student's where deviations and counts are equal, and says which mean is larger", () => {
    const [a, b] = [sampleOf([1, 2, 3, 4, 5]), sampleOf([3, 4, 5, 6, 7])];
    expect(a).toEqual({ mean: 3, deviation: Math.sqrt(2.5), count: 5 });
    const { t, freedom, p } = welch(a, b);
    expect([t, freedom]).toEqual([-2, 8]);
    expect(p).toBeCloseTo(0.0805, 4);
  });
});
