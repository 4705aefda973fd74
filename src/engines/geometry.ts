/** Sizes of sliding windows: the one place that says how an input, a window, a stride and a padding give an output. */

/** Stride and zero padding of a convolution or pooling over [N, H, W, C]. */
export interface Geometry {
  readonly stride: readonly [y: number, x: number];
  readonly padding: { readonly top: number; readonly bottom: number; readonly left: number; readonly right: number };
}

/** Geometry and window size of a pooling. Max ignores padding; average counts it (divides by height * width always). */
export interface Window extends Geometry {
  readonly size: readonly [height: number, width: number];
}

/** What must be added behind one axis so that a last window that only begins inside is taken too. */
const behind = (input: number, window: number, stride: number, before: number, after: number): number => {
  const padded = input + before + after;
  const windows = Math.ceil((padded - window) / stride) + 1;
  const kept = (windows - 1) * stride >= input + before ? windows - 1 : windows;
  return Math.max(0, (kept - 1) * stride + window - padded);
};

/**
 * The window over an input of height and width with its output's size rounded up: a window that reaches beyond the input and its
 * padding counts where it begins within the input or the padding before it, as PyTorch's `ceil_mode` has it.
 */
export const roundedUp = ([height, width]: readonly [number, number], window: Window): Window => {
  const { size, stride, padding } = window;
  const { top, bottom, left, right } = padding;
  return {
    ...window,
    padding: {
      ...padding,
      bottom: bottom + behind(height, size[0], stride[0], top, bottom),
      right: right + behind(width, size[1], stride[1], left, right),
    },
  };
};

/** The usual square geometry: the same stride and padding on each side. */
export const square = (stride: number, padding: number): Geometry => ({
  stride: [stride, stride],
  padding: { top: padding, bottom: padding, left: padding, right: padding },
});

/** floor((input + padding - window) / stride) + 1 */
export const outputLength = (input: number, window: number, stride: number, padding: number): number =>
  Math.floor((input + padding - window) / stride) + 1;

/** Output height and width of a window over an input of height and width. */
export const outputSize = (
  [height, width]: readonly [number, number],
  [windowHeight, windowWidth]: readonly [number, number],
  { stride, padding }: Geometry,
): readonly [number, number] => [
  outputLength(height, windowHeight, stride[0], padding.top + padding.bottom),
  outputLength(width, windowWidth, stride[1], padding.left + padding.right),
];
