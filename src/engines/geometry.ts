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
