/**
 * One picture: an animal of a species, in its own pose and light, before a background out of focus, seen by an imperfect camera.
 */

import type { Picture } from "../../pictures/browser.js";
import { type Random, seeded, split, uniforms } from "../../random/index.js";
import { bodyOf } from "./body.js";
import { cosine, gridNoise, mix, sine, smoothstep, valueNoise } from "./exact.js";
import { type Canvas, type Light, type Pose, paintBody, paintShadow, type Rgb, rgbOf, type Wear } from "./paint.js";
import { type Hsv, type Species, speciesOf } from "./species.js";

/** Numbers one after the other from one draw of many. */
interface Draws {
  readonly between: (low: number, high: number) => number;
  readonly seed: () => number;
}

const drawsOf = (random: Random): Draws => {
  const [values] = uniforms(256, random);
  let used = 0;
  const next = (): number => values[used++] as number;
  return { between: (low, high) => mix(low, high, next()), seed: () => Math.floor(next() * 0x7fffffff) };
};

const jittered = (colour: Hsv, draws: Draws): Hsv => ({
  hue: colour.hue + draws.between(-0.03, 0.03) + 1,
  saturation: Math.min(1, colour.saturation * draws.between(0.75, 1.15)),
  value: Math.min(1, colour.value * draws.between(0.8, 1.15)),
});

/** Grounds of nature: leaves, soil, stone, water, sky, petals. */
const grounds: readonly Hsv[] = [
  { hue: 0.27, saturation: 0.5, value: 0.42 },
  { hue: 0.2, saturation: 0.45, value: 0.55 },
  { hue: 0.08, saturation: 0.4, value: 0.45 },
  { hue: 0.1, saturation: 0.15, value: 0.6 },
  { hue: 0.55, saturation: 0.35, value: 0.6 },
  { hue: 0.6, saturation: 0.12, value: 0.72 },
  { hue: 0.93, saturation: 0.35, value: 0.6 },
  { hue: 0.12, saturation: 0.5, value: 0.68 },
];

const groundColour = (draws: Draws): Rgb => {
  const base = grounds[Math.floor(draws.between(0, grounds.length))] as Hsv;
  return rgbOf({
    hue: base.hue + draws.between(-0.05, 0.05) + 1,
    saturation: base.saturation * draws.between(0.6, 1.4),
    value: base.value * draws.between(0.55, 1.25),
  });
};

interface Haze {
  readonly x: number;
  readonly y: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly s: number;
  readonly edge: number;
  readonly strength: number;
  readonly colour: Rgb;
}

const hazeOf = (draws: Draws): Haze => {
  const angle = draws.between(0, Math.PI);
  const length = draws.between(0.08, 0.36);
  return {
    x: draws.between(0, 1),
    y: draws.between(0, 1),
    a: length,
    b: length * draws.between(0.3, 1),
    c: cosine(angle),
    s: sine(angle),
    edge: draws.between(0.12, 0.6),
    strength: draws.between(0.35, 0.85),
    colour: groundColour(draws),
  };
};

/** A gradient, blurred leaves and discs of light over it, and a texture. */
const background = (size: number, draws: Draws): Canvas => {
  const [near, far] = [groundColour(draws), groundColour(draws)];
  const direction = draws.between(0, 2 * Math.PI);
  const [gx, gy] = [cosine(direction), sine(direction)];
  const hazes = Array.from({ length: 7 }, () => hazeOf(draws));
  const [seed, grain, relief] = [draws.seed(), draws.between(5, 14), draws.between(0.08, 0.4)];
  const colours = new Float32Array(size * size * 3);
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++) {
      const [x, y] = [(column + 0.5) / size, (row + 0.5) / size];
      const share = smoothstep(-0.6, 0.6, (x - 0.5) * gx + (y - 0.5) * gy);
      const at = 3 * (row * size + column);
      for (let channel = 0; channel < 3; channel++) colours[at + channel] = mix(near[channel] as number, far[channel] as number, share);
      for (const haze of hazes) {
        const [dx, dy] = [x - haze.x, y - haze.y];
        const [p, q] = [(dx * haze.c + dy * haze.s) / haze.a, (dy * haze.c - dx * haze.s) / haze.b];
        const square = p * p + q * q;
        if (square > 1) continue;
        const cover = haze.strength * smoothstep(1, 1 - haze.edge, Math.sqrt(square));
        for (let channel = 0; channel < 3; channel++)
          colours[at + channel] = mix(colours[at + channel] as number, haze.colour[channel] as number, cover);
      }
      const texture =
        1 + relief * (0.65 * valueNoise(x * grain, y * grain, seed) + 0.35 * valueNoise(x * grain * 2.7, y * grain * 2.7, seed + 1) - 0.5);
      for (let channel = 0; channel < 3; channel++) colours[at + channel] = (colours[at + channel] as number) * texture;
    }
  return { size, colours };
};

const lightOf = (draws: Draws): Light => {
  const [angle, height] = [draws.between(0, 2 * Math.PI), draws.between(0.5, 0.85)];
  const flat = Math.sqrt(1 - height * height);
  return [cosine(angle) * flat, sine(angle) * flat, height];
};

/** Turned, mirrored, seen at a slant, nearer or farther, off the centre. */
const poseOf = (size: number, draws: Draws): Pose => {
  const angle = draws.between(-0.7, 0.7);
  const mirror = draws.between(0, 1) < 0.5 ? -1 : 1;
  const scale = size * draws.between(0.29, 0.41);
  const [slantX, slantY] = [draws.between(0.85, 1), draws.between(0.85, 1)];
  const [c, s] = [cosine(angle), sine(angle)];
  return {
    linear: [scale * c * slantX * mirror, -scale * s * slantY, scale * s * slantX * mirror, scale * c * slantY],
    offset: [size * draws.between(0.4, 0.6), size * draws.between(0.4, 0.6)],
    scale,
  };
};

/** Blades of grass before the lens, near a corner, in some pictures. */
const foreground = (canvas: Canvas, light: Light, wear: Wear, draws: Draws): void => {
  const count = Math.floor(draws.between(0, 2.6));
  const pose: Pose = { linear: [canvas.size, 0, 0, canvas.size], offset: [0, 0], scale: canvas.size };
  for (let blade = 0; blade < count; blade++) {
    const [x, lean, top] = [draws.between(0, 1), draws.between(-0.35, 0.35), draws.between(0.55, 0.9)];
    const colour = groundColour(draws);
    const worn: Wear = { ...wear, colours: { ...wear.colours, ground: colour } };
    paintBody(canvas, pose, light, worn, 2.2, [
      { shape: "limb", from: [x, 1.1], to: [x + lean, top], radius: draws.between(0.012, 0.03), coat: "ground" },
    ]);
  }
};

/** Exposure, white balance, vignette and noise; then 8 bits. */
const developed = ({ size, colours }: Canvas, draws: Draws): Picture => {
  const exposure = draws.between(0.78, 1.2);
  const warmth = draws.between(-0.09, 0.09);
  const gains = [exposure * (1 + warmth), exposure, exposure * (1 - warmth)];
  const [vignette, noise, lift] = [draws.between(0, 0.5), draws.between(0.01, 0.06), draws.between(0, 0.06)];
  const seed = draws.seed();
  const pixels = new Uint8ClampedArray(size * size * 3);
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++) {
      const [x, y] = [(column + 0.5) / size - 0.5, (row + 0.5) / size - 0.5];
      const fall = 1 - vignette * (x * x + y * y);
      const grey = gridNoise(column, row, seed) + gridNoise(column, row, seed + 1) - 1;
      for (let channel = 0; channel < 3; channel++) {
        const at = 3 * (row * size + column) + channel;
        const speckle = 0.7 * grey + 0.5 * (gridNoise(column, row, seed + 2 + channel) - 0.5);
        pixels[at] = Math.round(
          255 * (lift + (1 - lift) * ((colours[at] as number) * fall * (gains[channel] as number) + noise * speckle)),
        );
      }
    }
  return { width: size, height: size, pixels: new Uint8Array(pixels.buffer) };
};

/** A drawn picture, and how it is to be stored. */
export interface Scene {
  readonly picture: Picture;
  /** JPEG quality this picture is stored with, 1 to 100. */
  readonly quality: number;
}

/** A picture of `size` x `size` pixels. The same random state draws the same picture, byte for byte, on every machine. */
export const sceneOf = (species: Species, size: number, random: Random): Scene => {
  const draws = drawsOf(random);
  const canvas = background(size, draws);
  const light = lightOf(draws);
  const pose = poseOf(size, draws);
  const stance = Array.from({ length: 8 }, () => draws.between(-1, 1));
  const parts = bodyOf(species, stance);
  const wear: Wear = {
    colours: {
      ground: rgbOf(jittered(species.ground, draws)),
      figure: rgbOf(jittered(species.figure, draws)),
      dark: [0.13, 0.11, 0.1],
      light: [0.95, 0.93, 0.86],
    },
    pattern: species.pattern,
    phase: draws.between(-0.15, 0.15),
    gloss: species.family === "beetle" ? 0.55 : 0.12,
  };
  paintShadow(canvas, pose, light, parts, draws.between(0.25, 0.5));
  paintBody(canvas, pose, light, wear, draws.between(0.7, 1.5), parts);
  foreground(canvas, light, wear, draws);
  return { picture: developed(canvas, draws), quality: Math.floor(draws.between(62, 93)) };
};

/** Picture `imageNumber` of species `classNumber`, both from 0, of the data set with this seed. */
export const sceneAt = (seed: number, size: number, classNumber: number, imageNumber: number): Scene =>
  sceneOf(speciesOf(seed, classNumber), size, split(seeded(seed), `image ${classNumber} ${imageNumber}`));
