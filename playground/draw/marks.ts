/** Small marks on a canvas: one outline each, so that a class is known by its form as well as by its colour. */
import type { marks } from "./palette.js";
import type { Tracer } from "./pen.js";

type Mark = (typeof marks)[number];
type Corner = readonly [x: number, y: number];

const polygon = (pen: Tracer, corners: readonly Corner[]): void => {
  corners.forEach(([x, y], index) => {
    if (index === 0) pen.moveTo(x, y);
    else pen.lineTo(x, y);
  });
  pen.closePath();
};

/** Corners of a star of `arms`, the first upwards. */
const star = (arms: number, radius: number, waist: number): readonly Corner[] =>
  Array.from({ length: 2 * arms }, (_, index) => {
    const [angle, far] = [(Math.PI * index) / arms - Math.PI / 2, radius * (index % 2 === 0 ? 1 : waist)];
    return [far * Math.cos(angle), far * Math.sin(angle)];
  });

/** Corners around (0, 0), so far out that all marks look as large as a circle of radius 1. */
const outlines: Readonly<Record<Exclude<Mark, "circle">, readonly Corner[]>> = {
  square: [
    [-0.9, -0.9],
    [0.9, -0.9],
    [0.9, 0.9],
    [-0.9, 0.9],
  ],
  triangle: star(3, 1.2, 0.5),
  diamond: star(2, 1.25, 0.75),
  cross: star(4, 1.25, 0.45),
  star: star(5, 1.3, 0.5),
};

/** Adds the outline of a mark around (x, y) to the path that is being made. */
export const traceMark = (pen: Tracer, mark: Mark, x: number, y: number, radius: number): void => {
  if (mark === "circle") {
    pen.moveTo(x + radius, y);
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    return;
  }
  polygon(
    pen,
    outlines[mark].map(([across, up]) => [x + across * radius, y + up * radius] as const),
  );
};

/** Adds an arrow from (x, y) along (dx, dy) to the path that is being made. */
export const traceArrow = (pen: Tracer, x: number, y: number, dx: number, dy: number): void => {
  const length = Math.hypot(dx, dy);
  if (!(length > 1)) return;
  const head = Math.min(4, length * 0.6);
  const [ux, uy] = [dx / length, dy / length];
  const [endX, endY] = [x + dx, y + dy];
  pen.moveTo(x, y);
  pen.lineTo(endX, endY);
  pen.moveTo(endX - head * (ux - uy * 0.6), endY - head * (uy + ux * 0.6));
  pen.lineTo(endX, endY);
  pen.lineTo(endX - head * (ux + uy * 0.6), endY - head * (uy - ux * 0.6));
};
