/** Plots: the same bytes each time, every line and point in them, without a document. */
import { expect, it } from "vitest";
import { linePlot, scatterPlot, svgOf } from "../src/report/index.js";

const lines = [
  { name: "Triplet", points: [1, 2, 4].map((x) => ({ x, y: 0.1 * x, deviation: 0.05 })) },
  { name: "Triplet + MDR", dashed: true, points: [1, 2].map((x) => ({ x, y: 0.2 * x })) },
];

it("draws each line, its points and its deviations, the same bytes twice", async () => {
  const plot = linePlot({
    title: "R & D <1>",
    x: { title: "embedding size", doubling: true },
    y: { title: "Recall@1" },
    lines,
    dashes: "dashed: seen",
  });
  const svg = await svgOf(plot);
  expect(await svgOf(plot)).toBe(svg);
  expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  for (const text of ["R &amp; D &lt;1&gt;", "embedding size", "Recall@1", "Triplet + MDR", "dashed: seen", "40%"])
    expect(svg).toContain(`>${text}</text>`);
  const marks = [...svg.matchAll(/<path [^>]*d="(M[^"A]*)" stroke="(#[0-9a-f]+)" stroke-width="2" stroke-dasharray="([^"]*)"/g)];
  // 460 x 300: a size twice as large lies as far to the right again; from 5 % at the foot, which 10 % - 5 points is, to 45 % at the head.
  expect(marks.map(([, path, colour, dash]) => [path, colour, dash])).toEqual([
    ["M0,262.5L230,187.5L460,37.5", "#0072b2", "1,0"],
    ["M0,187.5L230,37.5", "#e69f00", "5,4"],
  ]);
  const heights = [...svg.matchAll(/<line [^>]*x2="0" y2="(-?[\d.]+)" stroke="#0072b2"/g)].map(([, height]) =>
    Math.round(Math.abs(Number(height))),
  );
  expect(heights).toEqual([75, 75, 75]);
});

it("draws panels side by side, a point one colour in all of them", async () => {
  const places = [
    [0, 1],
    [2, 3],
    [4, -1],
  ] as const;
  const plot = scatterPlot("t-SNE", [
    { name: 'a "quoted" one', places },
    { name: "b", places: places.map(([x, y]) => [10 * x, y] as const) },
  ]);
  const svg = await svgOf(plot);
  expect(await svgOf(plot)).toBe(svg);
  expect(svg).toContain('>a "quoted" one</text>');
  const fills = [...svg.matchAll(/fill="(rgb\([^)]*\))"/g)].map(([, fill]) => fill);
  expect(fills).toHaveLength(6);
  expect(fills.slice(0, 3)).toEqual(fills.slice(3));
  expect(new Set(fills).size).toBe(3);
});
