/**
 * Bodies: each family lays out a species' measures as blobs and limbs, back to front, in a frame where the body spans about
 * -1 to 1 (x to the right, y down).
 */
import { cosine, mix, sine } from "./exact.js";
import type { Species } from "./species.js";

/** Which colours a part wears: the pattern, one of the two colours, or a fixed dark or light. */
export type Coat = "pattern" | "ground" | "figure" | "dark" | "light";

/** A superellipse with half-axes a and b, narrowed along its axis by `taper`; `square` from -1 (a diamond) to 1 (a rounded box). */
export interface Blob {
  readonly shape: "blob";
  readonly x: number;
  readonly y: number;
  readonly a: number;
  readonly b: number;
  readonly angle: number;
  readonly taper: number;
  readonly square: number;
  readonly coat: Coat;
  /** -1 lays the pattern mirrored, for the other wing. */
  readonly mirror: 1 | -1;
}

export interface Limb {
  readonly shape: "limb";
  readonly from: readonly [x: number, y: number];
  readonly to: readonly [x: number, y: number];
  readonly radius: number;
  readonly coat: Coat;
}

export type Part = Blob | Limb;

/** How this one animal holds itself: numbers from -1 to 1, drawn anew for each picture. */
export type Stance = readonly number[];

const blob = (x: number, y: number, a: number, b: number, coat: Coat, rest: Partial<Blob> = {}): Blob => ({
  shape: "blob",
  x,
  y,
  a,
  b,
  angle: 0,
  taper: 0,
  square: 0,
  coat,
  mirror: 1,
  ...rest,
});

const limb = (from: readonly [number, number], to: readonly [number, number], radius: number, coat: Coat): Limb => ({
  shape: "limb",
  from,
  to,
  radius,
  coat,
});

const quarter = Math.PI / 2;

const beetle = (m: (index: number, low: number, high: number) => number, stance: Stance): readonly Part[] => {
  const width = m(0, 0.34, 0.56);
  const length = m(1, 0.46, 0.66);
  const thorax = width * m(2, 0.55, 0.95);
  const head = m(3, 0.13, 0.22);
  const legs = m(4, 0.28, 0.52);
  const antennae = m(5, 0.25, 0.62);
  const thoraxY = 0.2 - length - 0.1;
  const headY = thoraxY - 0.16 - head * 0.5;
  const sides = [-1, 1] as const;
  const leg = (side: 1 | -1, index: number): readonly Limb[] => {
    const y = [thoraxY + 0.08, 0.2 - length * 0.35, 0.2 + length * 0.15][index] as number;
    const reach = width + legs * (0.75 + 0.12 * (stance[index + (side === 1 ? 0 : 3)] ?? 0));
    const lean = [-0.22, 0.06, 0.3][index] as number;
    const knee: readonly [number, number] = [side * (width * 0.6 + legs * 0.6), y + lean * 0.6];
    return [limb([side * width * 0.5, y], knee, 0.045, "dark"), limb(knee, [side * reach, y + lean * 1.9], 0.03, "dark")];
  };
  return [
    ...sides.flatMap((side) => [0, 1, 2].flatMap((index) => leg(side, index))),
    ...sides.flatMap((side) => {
      const bend: readonly [number, number] = [side * (0.1 + antennae * 0.45), headY - antennae * 0.45];
      return [
        limb([side * 0.06, headY], bend, 0.026, "dark"),
        limb(bend, [side * (0.16 + antennae * (0.9 + 0.15 * (stance[6] ?? 0))), headY - antennae * 0.75], 0.022, "dark"),
      ];
    }),
    blob(0, headY, head, head * 0.9, "dark"),
    blob(0, thoraxY, thorax, 0.2, "ground", { square: 0.4 }),
    blob(0, 0.2, length, width, "pattern", { angle: quarter, taper: m(6, -0.35, 0.1), square: 0.25 }),
    limb([0, 0.2 - length * 0.95], [0, 0.2 + length * 0.95], 0.014, "dark"),
  ];
};

const fish = (m: (index: number, low: number, high: number) => number, stance: Stance): readonly Part[] => {
  const height = m(0, 0.26, 0.46);
  const taper = m(1, -0.6, -0.2);
  const tail = m(2, 0.26, 0.44);
  const fork = m(3, 0.25, 0.85);
  const dorsal = m(4, 0.14, 0.36);
  const dorsalX = m(5, -0.2, 0.25);
  const eye = m(6, 0.055, 0.1);
  const sway = 0.12 * (stance[0] ?? 0);
  const lobe = (side: 1 | -1): Blob =>
    blob(0.78 + tail * 0.4, side * tail * fork * 0.55 + sway, tail * 0.75, tail * 0.3, "figure", {
      angle: side * fork * 0.75,
      taper: 0.45,
      square: -0.3,
    });
  return [
    lobe(-1),
    lobe(1),
    blob(dorsalX, -height * 0.85, 0.38, dorsal, "figure", { taper: -0.5, square: -0.35, angle: 0.08 }),
    blob(dorsalX + 0.2, height * 0.75, 0.2, dorsal * 0.75, "figure", { taper: -0.4, square: -0.3 }),
    blob(0, 0, 0.85, height, "pattern", { taper }),
    blob(-0.2, height * 0.3, 0.17, 0.085, "figure", { angle: 0.5 + 0.3 * (stance[1] ?? 0), taper: 0.4 }),
    blob(-0.6, -height * 0.22, eye, eye, "light"),
    blob(-0.6, -height * 0.22, eye * 0.55, eye * 0.55, "dark"),
  ];
};

const moth = (m: (index: number, low: number, high: number) => number, stance: Stance): readonly Part[] => {
  const span = m(0, 0.42, 0.56);
  const depth = m(1, 0.2, 0.34);
  const lift = m(2, 0.2, 0.85) + 0.12 * (stance[0] ?? 0);
  const hind = m(3, 0.26, 0.42);
  const droop = m(4, 0.35, 0.95) + 0.1 * (stance[1] ?? 0);
  const eyespot = m(5, -0.06, 0.13);
  const body = m(6, 0.07, 0.13);
  const wing = (side: 1 | -1, length: number, width: number, angle: number, y: number, taper: number): Blob => {
    const turned = side === 1 ? angle : Math.PI - angle;
    return blob(cosine(turned) * length * 0.92, y + sine(turned) * length * 0.92, length, width, "pattern", {
      angle: turned,
      taper,
      square: 0.1,
      mirror: side,
    });
  };
  const spot = (side: 1 | -1): readonly Part[] => {
    const turned = side === 1 ? -lift : Math.PI + lift;
    const [x, y] = [cosine(turned) * span * 1.2, -0.1 + sine(turned) * span * 1.2];
    return eyespot < 0.05 ? [] : [blob(x, y, eyespot, eyespot, "light"), blob(x, y, eyespot * 0.55, eyespot * 0.55, "dark")];
  };
  const sides = [-1, 1] as const;
  return [
    ...sides.map((side) => wing(side, hind, hind * 0.72, droop, 0.06, 0.25)),
    ...sides.map((side) => wing(side, span, depth, -lift, -0.1, 0.35)),
    ...sides.flatMap(spot),
    ...sides.map((side) => limb([side * 0.03, -0.4], [side * 0.26, -0.72], 0.02, "dark")),
    blob(0, 0.08, 0.44, body, "dark", { angle: quarter, taper: -0.35 }),
    blob(0, -0.36, body * 0.95, body * 0.9, "dark"),
  ];
};

const bird = (m: (index: number, low: number, high: number) => number, stance: Stance): readonly Part[] => {
  const length = m(0, 0.46, 0.62);
  const height = m(1, 0.27, 0.4);
  const tail = m(2, 0.24, 0.5);
  const head = m(3, 0.17, 0.27);
  const beak = m(4, 0.1, 0.34);
  const wing = m(5, 0.32, 0.54);
  const legs = m(6, 0.16, 0.42);
  const tilt = 0.35 + 0.12 * (stance[0] ?? 0);
  const headX = -length * 0.78;
  const headY = -height * 0.95 + 0.06 * (stance[1] ?? 0);
  const foot = height * 0.75 + legs;
  return [
    blob(length * 0.9 + tail * 0.4, 0.16 + tail * 0.22, tail, 0.12, "figure", { angle: tilt, taper: 0.35, square: 0.3 }),
    limb([-0.08, height * 0.7], [-0.12, foot], 0.03, "dark"),
    limb([0.1, height * 0.7], [0.1 + 0.05 * (stance[2] ?? 0), foot], 0.03, "dark"),
    limb([-0.24, foot], [-0.06, foot], 0.024, "dark"),
    limb([-0.02, foot], [0.16, foot], 0.024, "dark"),
    blob(headX - head - beak * 0.55, headY + 0.03, beak * 0.75, 0.06, "dark", { taper: 0.75, square: -0.3 }),
    blob(0, 0, length, height, "ground", { angle: 0.22, taper: -0.2 }),
    blob(headX, headY, head, head * 0.95, "ground"),
    blob(0.14, -0.02, wing, height * 0.6, "pattern", { angle: tilt * 0.9, taper: -0.3 }),
    blob(headX - head * 0.35, headY - head * 0.15, 0.055, 0.055, "light"),
    blob(headX - head * 0.35, headY - head * 0.15, 0.034, 0.034, "dark"),
  ];
};

const builders = { beetle, fish, moth, bird } as const;

/** The parts of one animal of a species. */
export const bodyOf = (species: Species, stance: Stance): readonly Part[] =>
  builders[species.family]((index, low, high) => mix(low, high, species.proportions[index] ?? 0.5), stance);
