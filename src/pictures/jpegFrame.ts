/** A JPEG's frame header: its size, its components, what kind of coding it names, and what its components mean as colours. */
import * as E from "fp-ts/lib/Either.js";

export interface Component {
  readonly id: number;
  /** Sampling factors, 1 to 4: how many blocks of a coded unit are its own, across and down. */
  readonly across: number;
  readonly down: number;
  /** Place of its quantisation table. */
  readonly table: number;
}

export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly progressive: boolean;
  readonly components: readonly Component[];
}

/** What the samples of a JPEG are. */
export type ColourModel = "grey" | "rgb" | "ycc" | "cmyk" | "ycck";

/** Kinds of coding that are not read, by their markers; 0xc0 to 0xc2 are. */
const unread = (marker: number): string | undefined =>
  marker === 0xc3
    ? "a lossless JPEG"
    : marker >= 0xc5 && marker <= 0xc7
      ? "a hierarchical JPEG"
      : marker >= 0xc9
        ? "an arithmetic-coded JPEG"
        : undefined;

export const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

const damaged = (how: string): E.Either<string, never> => E.left(`its frame header is damaged (${how})`);

/** The content of a frame's segment. Left: why the picture is not read. */
export const readFrame = (marker: number, content: Uint8Array): E.Either<string, Frame> => {
  const kind = unread(marker);
  if (kind !== undefined) return E.left(`it is ${kind}, which is not read: save it as a baseline JPEG`);
  const word = (at: number): number => ((content[at] ?? 0) << 8) | (content[at + 1] ?? 0);
  const count = content[5] ?? 0;
  if (content.length < 6 || content.length < 6 + 3 * count) return damaged("it ends too early");
  if (content[0] !== 8) return E.left(`it has ${content[0]} bits a sample, which is not read: save it with 8`);
  const [height, width] = [word(1), word(3)];
  if (height === 0) return E.left("its height stands behind the picture data (DNL), which is not read: save it again");
  if (width === 0) return damaged("no width");
  if (![1, 3, 4].includes(count)) return E.left(`its colour model (${count} components) is not read: save it as RGB`);
  const components = Array.from({ length: count }, (_, index): Component => {
    const [id = 0, factors = 0, table = 0] = content.subarray(6 + 3 * index);
    return { id, across: factors >> 4, down: factors & 15, table };
  });
  if (components.some(({ across, down }) => Math.min(across, down) < 1 || Math.max(across, down) > 4))
    return damaged("sampling factors are 1 to 4");
  if (new Set(components.map(({ id }) => id)).size < count) return damaged("two components of one name");
  return E.right({ width, height, progressive: marker === 0xc2, components });
};

const most = (values: readonly number[]): number => Math.max(...values);

/** Coded units of a scan that holds all components together, across and down. */
const unitsOf = ({ width, height, components }: Frame): readonly [number, number] => [
  Math.ceil(width / (8 * most(components.map(({ across }) => across)))),
  Math.ceil(height / (8 * most(components.map(({ down }) => down)))),
];

/** Blocks of 8 x 8 that the decoder keeps, those beyond the picture's edges included. */
export const blocksOf = (frame: Frame): number => {
  const [across, down] = unitsOf(frame);
  return frame.components.reduce((sum, component) => sum + across * component.across * down * component.down, 0);
};

/** What a scan of these components goes through: coded units, which restart markers count, and blocks. */
export const scanSize = (frame: Frame, components: readonly Component[]): { readonly units: number; readonly blocks: number } => {
  const [only] = components;
  if (components.length === 1 && only !== undefined) {
    const [mostAcross, mostDown] = [most(frame.components.map((one) => one.across)), most(frame.components.map((one) => one.down))];
    const blocks =
      Math.ceil((Math.ceil(frame.width / 8) * only.across) / mostAcross) * Math.ceil((Math.ceil(frame.height / 8) * only.down) / mostDown);
    return { units: blocks, blocks };
  }
  const [across, down] = unitsOf(frame);
  const units = across * down;
  return { units, blocks: units * components.reduce((sum, component) => sum + component.across * component.down, 0) };
};

/** What a JPEG's segments say of its colours beside the frame. */
export interface ColourHints {
  /** There is a JFIF segment. */
  readonly jfif: boolean;
  /** The transform that Adobe's segment names; undefined without one. */
  readonly adobe: number | undefined;
}

const namedRgb = ["R", "G", "B"].map((letter) => letter.charCodeAt(0));

/**
 * As libjpeg decides (jdapimin.c, default_decompress_parms): three components are YCbCr in a JFIF file; else what Adobe's segment
 * says, where 0 is RGB; else RGB if they are named so, and YCbCr if not. Four are CMYK unless Adobe's segment says YCCK.
 */
export const colourModelOf = ({ components }: Frame, { jfif, adobe }: ColourHints): ColourModel => {
  if (components.length === 1) return "grey";
  if (components.length === 4) return adobe === undefined || adobe === 0 ? "cmyk" : "ycck";
  if (jfif) return "ycc";
  if (adobe !== undefined) return adobe === 0 ? "rgb" : "ycc";
  return components.every(({ id }, index) => id === namedRgb[index]) ? "rgb" : "ycc";
};
