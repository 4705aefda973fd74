/**
 * A decoded picture: 8-bit RGB, row-major, three bytes a pixel, nobody writes to it after construction.
 */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** width * height * 3 bytes. */
  readonly pixels: Uint8Array;
}

/**
 * Stored pixel of the upright pixel (x, y): origin + x * alongX + y * alongY, by EXIF orientation 2..8,
 * in a stored picture of `w` x `h`.
 */
const readingOrder = (orientation: number, w: number, h: number): readonly [origin: number, alongX: number, alongY: number] => {
  switch (orientation) {
    case 2:
      return [w - 1, -1, w];
    case 3:
      return [h * w - 1, -1, -w];
    case 4:
      return [(h - 1) * w, 1, -w];
    case 5:
      return [0, w, 1];
    case 6:
      return [(h - 1) * w, -w, 1];
    case 7:
      return [h * w - 1, -w, -1];
    case 8:
      return [w - 1, w, -1];
    default:
      return [0, 1, w];
  }
};

/** The picture as it should be seen, given how the camera was held (EXIF tag 0x0112; 1 is upright, 5 to 8 swap width and height). */
export const upright = (picture: Picture, orientation: number): Picture => {
  if (orientation <= 1 || orientation > 8) return picture;
  const stored = picture.pixels;
  const [origin, alongX, alongY] = readingOrder(orientation, picture.width, picture.height);
  const [width, height] = orientation >= 5 ? [picture.height, picture.width] : [picture.width, picture.height];
  const pixels = new Uint8Array(stored.length);
  let to = 0;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const from = 3 * (origin + x * alongX + y * alongY);
      pixels[to++] = stored[from] as number;
      pixels[to++] = stored[from + 1] as number;
      pixels[to++] = stored[from + 2] as number;
    }
  return { width, height, pixels };
};

/** Mirrored left to right. */
export const flipped = (picture: Picture): Picture => upright(picture, 2);

/** A rectangle of pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The part of a picture inside a box that lies within it. */
export const cropped = (picture: Picture, box: Box): Picture => {
  const pixels = new Uint8Array(box.width * box.height * 3);
  for (let y = 0; y < box.height; y++) {
    const from = 3 * ((box.top + y) * picture.width + box.left);
    pixels.set(picture.pixels.subarray(from, from + 3 * box.width), 3 * y * box.width);
  }
  return { width: box.width, height: box.height, pixels };
};

/** To the nearest whole number, a half to the even one: Python's `round`, and so torchvision's. Not for negative numbers. */
export const halfToEven = (value: number): number => (value % 1 === 0.5 ? 2 * Math.round(value / 2) : Math.round(value));

/** The centred box of `width` x `height`, cut to the picture where it is smaller. Offsets round as torchvision's centre crop does. */
export const centreBox = (picture: { readonly width: number; readonly height: number }, width: number, height: number): Box => {
  const [w, h] = [Math.min(width, picture.width), Math.min(height, picture.height)];
  return { left: halfToEven((picture.width - w) / 2), top: halfToEven((picture.height - h) / 2), width: w, height: h };
};

/** Pictures of one size side by side, `columns` to a row, `gap` white pixels between them. */
export const contactSheet = (pictures: readonly Picture[], columns: number, gap = 2): Picture => {
  const cellWidth = Math.max(...pictures.map(({ width }) => width)) + gap;
  const cellHeight = Math.max(...pictures.map(({ height }) => height)) + gap;
  const [width, height] = [columns * cellWidth + gap, Math.ceil(pictures.length / columns) * cellHeight + gap];
  const pixels = new Uint8Array(width * height * 3).fill(255);
  pictures.forEach((picture, position) => {
    const left = gap + (position % columns) * cellWidth;
    const top = gap + Math.floor(position / columns) * cellHeight;
    for (let y = 0; y < picture.height; y++)
      pixels.set(picture.pixels.subarray(3 * y * picture.width, 3 * (y + 1) * picture.width), 3 * ((top + y) * width + left));
  });
  return { width, height, pixels };
};
