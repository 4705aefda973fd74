/**
 * Painting parts onto a canvas: coverage with soft edges, the pattern of the coat, and light on a rounded surface.
 */
import type { Blob, Coat, Limb, Part } from "./body.js";
import { clamp, cosine, fraction, mix, sine, smoothstep } from "./exact.js";
import type { Hsv, Pattern } from "./species.js";

export type Rgb = readonly [red: number, green: number, blue: number];

/** Linear colours, three numbers a pixel, row-major. Painting writes to it. */
export interface Canvas {
  readonly size: number;
  readonly colours: Float32Array;
}

/** Pixel = linear part * body coordinates + offset. */
export interface Pose {
  readonly linear: readonly [xx: number, xy: number, yx: number, yy: number];
  readonly offset: readonly [x: number, y: number];
  /** Pixels to a unit of body length, on average. */
  readonly scale: number;
}

/** Direction towards the light, unit length: x right, y down, z towards the eye. */
export type Light = readonly [x: number, y: number, z: number];

export interface Wear {
  readonly colours: Readonly<Record<"ground" | "figure" | "dark" | "light", Rgb>>;
  readonly pattern: Pattern;
  /** Shift of the pattern, in repeats. */
  readonly phase: number;
  /** Strength of the highlight, 0 to 1. */
  readonly gloss: number;
}

/** Red, green and blue, 0 to 1. */
export const rgbOf = ({ hue, saturation, value }: Hsv): Rgb => {
  const channel = (shift: number): number => {
    const k = fraction(hue + shift / 6) * 6;
    return value * (1 - saturation * clamp(Math.min(k, 4 - k), 0, 1));
  };
  return [channel(5), channel(3), channel(1)];
};

/** How much of the second colour there is at a point of a part, u along its axis and v across, in units of length. */
const patternAt = ({ kind, frequency, angle, duty }: Pattern, phase: number, u: number, v: number, softness: number): number => {
  const [c, s] = [cosine(angle), sine(angle)];
  const [along, across] = [(u * c + v * s) * frequency + phase, (v * c - u * s) * frequency];
  const edge = softness * frequency;
  const stripe = (x: number, share: number): number => smoothstep(share + edge, share - edge, Math.abs(fraction(x) - 0.5) * 2);
  switch (kind) {
    case "stripes":
      return stripe(along, duty);
    case "net":
      return Math.max(stripe(along, duty * 0.55), stripe(across, duty * 0.55));
    case "spots": {
      const row = Math.floor(across);
      const [x, y] = [fraction(along + 0.5 * (row & 1)) - 0.5, fraction(across) - 0.5];
      return smoothstep(0.2 + 0.3 * duty + edge, 0.2 + 0.3 * duty - edge, Math.sqrt(x * x + y * y));
    }
    case "rings":
      return stripe(Math.sqrt(u * u + v * v) * frequency + phase, duty);
    case "halves":
      return smoothstep(-edge, edge, along - phase + (duty - 0.45));
  }
};

/** Walks the pixels around a part: `visit` gets the pixel's number and its place in body coordinates. */
const around = (
  canvas: Canvas,
  pose: Pose,
  centre: readonly [number, number],
  reach: number,
  visit: (pixel: number, x: number, y: number) => void,
): void => {
  const [xx, xy, yx, yy] = pose.linear;
  const determinant = xx * yy - xy * yx;
  const [px, py] = [xx * centre[0] + xy * centre[1] + pose.offset[0], yx * centre[0] + yy * centre[1] + pose.offset[1]];
  const pixels = reach * pose.scale * 1.15 + 3;
  const [left, right] = [Math.max(0, Math.floor(px - pixels)), Math.min(canvas.size - 1, Math.ceil(px + pixels))];
  const [top, bottom] = [Math.max(0, Math.floor(py - pixels)), Math.min(canvas.size - 1, Math.ceil(py + pixels))];
  for (let row = top; row <= bottom; row++)
    for (let column = left; column <= right; column++) {
      const [dx, dy] = [column + 0.5 - pose.offset[0], row + 0.5 - pose.offset[1]];
      visit(row * canvas.size + column, (yy * dx - xy * dy) / determinant, (xx * dy - yx * dx) / determinant);
    }
};

const blend = (canvas: Canvas, pixel: number, colour: Rgb, shade: number, highlight: number, alpha: number): void => {
  for (let channel = 0; channel < 3; channel++) {
    const at = 3 * pixel + channel;
    canvas.colours[at] = mix(canvas.colours[at] as number, (colour[channel] as number) * shade + highlight, alpha);
  }
};

/** A blob's own coordinates of a body point, each 1 on its outline's axes, and the distance beyond the outline in units of length. */
const blobPlace = (blob: Blob, c: number, s: number, x: number, y: number): readonly [p: number, q: number, beyond: number] => {
  const [dx, dy] = [x - blob.x, y - blob.y];
  const p = (dx * c + dy * s) / blob.a;
  const narrowed = Math.max(0.12, 1 + blob.taper * clamp(p, -1, 1));
  const q = (dy * c - dx * s) / (blob.b * narrowed);
  const [pp, qq] = [p * p, q * q];
  const round = Math.sqrt(pp + qq);
  const other = blob.square > 0 ? Math.sqrt(Math.sqrt(pp * pp + qq * qq)) : Math.abs(p) + Math.abs(q);
  return [p, q, (mix(round, other, Math.abs(blob.square)) - 1) * Math.min(blob.a, blob.b)];
};

const ambient = 0.42;
const direct = 0.72;

const coatColour = (wear: Wear, coat: Coat, share: () => number): Rgb => {
  if (coat !== "pattern") return wear.colours[coat];
  const [{ ground, figure }, amount] = [wear.colours, share()];
  return [mix(ground[0], figure[0], amount), mix(ground[1], figure[1], amount), mix(ground[2], figure[2], amount)];
};

/** The light as the body sees it: turned back by the pose. */
const bodyLight = ({ linear: [xx, xy, yx, yy], scale }: Pose, [x, y, z]: Light): Light => [
  (xx * x + yx * y) / scale,
  (xy * x + yy * y) / scale,
  z,
];

const paintBlob = (canvas: Canvas, pose: Pose, light: Light, wear: Wear, blur: number, blob: Blob): void => {
  const [c, s] = [cosine(blob.angle), sine(blob.angle)];
  const [lx, ly, lz] = bodyLight(pose, light);
  const [lp, lq] = [lx * c + ly * s, ly * c - lx * s];
  const soft = blur / pose.scale;
  around(canvas, pose, [blob.x, blob.y], Math.max(blob.a, blob.b * (1 + Math.abs(blob.taper))), (pixel, x, y) => {
    const [p, q, beyond] = blobPlace(blob, c, s, x, y);
    const alpha = smoothstep(soft, -soft, beyond);
    if (alpha === 0) return;
    const rise = Math.sqrt(Math.max(0, 1 - p * p - q * q));
    const facing = Math.max(0, p * lp * 0.8 + q * lq * 0.8 + (0.35 + 0.65 * rise) * lz);
    const [two, four] = [facing * facing, facing * facing * facing * facing];
    const colour = coatColour(wear, blob.coat, () => patternAt(wear.pattern, wear.phase, p * blob.a, q * blob.b * blob.mirror, soft));
    blend(canvas, pixel, colour, ambient + direct * facing, wear.gloss * four * four * four * two, alpha);
  });
};

const limbDistance = ({ from, to, radius }: Limb, x: number, y: number): number => {
  const [ex, ey, dx, dy] = [to[0] - from[0], to[1] - from[1], x - from[0], y - from[1]];
  const along = clamp((dx * ex + dy * ey) / (ex * ex + ey * ey + 1e-9), 0, 1);
  const [ox, oy] = [dx - along * ex, dy - along * ey];
  return Math.sqrt(ox * ox + oy * oy) - radius;
};

const limbCentre = ({ from, to }: Limb): readonly [number, number] => [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2];
const limbReach = ({ from, to, radius }: Limb): number => Math.sqrt((to[0] - from[0]) ** 2 + (to[1] - from[1]) ** 2) / 2 + radius;

const paintLimb = (canvas: Canvas, pose: Pose, wear: Wear, blur: number, part: Limb): void => {
  const soft = blur / pose.scale;
  const colour = coatColour(wear, part.coat, () => 0);
  around(canvas, pose, limbCentre(part), limbReach(part), (pixel, x, y) => {
    const alpha = smoothstep(soft, -soft, limbDistance(part, x, y));
    if (alpha > 0) blend(canvas, pixel, colour, ambient + direct * 0.6, 0, alpha);
  });
};

/** Paints the parts in order, with edges `blur` pixels soft. */
export const paintBody = (canvas: Canvas, pose: Pose, light: Light, wear: Wear, blur: number, parts: readonly Part[]): void => {
  for (const part of parts)
    part.shape === "blob" ? paintBlob(canvas, pose, light, wear, blur, part) : paintLimb(canvas, pose, wear, blur, part);
};

/** Darkens what lies under the parts, away from the light, by up to `strength`. */
export const paintShadow = (canvas: Canvas, pose: Pose, light: Light, parts: readonly Part[], strength: number): void => {
  const drop = 0.16 * pose.scale;
  const cast: Pose = { ...pose, offset: [pose.offset[0] - light[0] * drop, pose.offset[1] - light[1] * drop] };
  const shadow = new Float32Array(canvas.size * canvas.size);
  const soft = 0.1;
  for (const part of parts) {
    const [c, s] = part.shape === "blob" ? [cosine(part.angle), sine(part.angle)] : [1, 0];
    const [centre, reach]: readonly [readonly [number, number], number] =
      part.shape === "blob"
        ? [[part.x, part.y], Math.max(part.a, part.b * (1 + Math.abs(part.taper)))]
        : [limbCentre(part), limbReach(part)];
    around(canvas, cast, centre, reach + soft, (pixel, x, y) => {
      const beyond = part.shape === "blob" ? blobPlace(part, c, s, x, y)[2] : limbDistance(part, x, y);
      shadow[pixel] = Math.max(shadow[pixel] as number, smoothstep(soft, -soft, beyond));
    });
  }
  shadow.forEach((cover, pixel) => {
    for (let channel = 0; channel < 3; channel++)
      canvas.colours[3 * pixel + channel] = (canvas.colours[3 * pixel + channel] as number) * (1 - strength * cover);
  });
};
