/**
 * Gradient to the weights of 3x3 convolutions of stride 1 by tiles of 4x4 results: `winogradWeightTile` sums over tiles
 * between the transforms, `winogradWeightSum` adds the groups' sums up and transforms them.
 */
import { bytes, integer, pointer, scratch } from "./command";
import { accumulate } from "./weightTile";
import { weightGradientLines } from "./winograd";
import { apartOf, gradients, PATCH, ROW, VECTOR, windows } from "./winogradTiles";

/**
 * Gradient to the weights of groups of tiles, still between the transforms: x [N, H, W, inner], dy [N, H', W', channels],
 * partials [groups, 36, inner / 4, channels / 8, 4, 8], N, H, W, inner, H', W', padding top and left, tiles a block,
 * channels, tiles down and across an image, scratch, groups, panels a chunk, chunks of panels, floats of scratch a thread
 */
export function winogradWeightTile(command: usize, chunk: i32): void {
  const inner = integer(command, 6);
  const tiles = integer(command, 11);
  const channels = integer(command, 12);
  const down = integer(command, 13);
  const across = integer(command, 14);
  const groups = integer(command, 16);
  const panelStep = integer(command, 17);
  const panelChunks = integer(command, 18);
  const group = chunk / panelChunks;
  const firstPanel = (chunk - group * panelChunks) * panelStep;
  const allPanels = channels >> 3;
  const panels = min(panelStep, allPanels - firstPanel);
  const all = integer(command, 3) * down * across;
  const firstTile = <i32>((<i64>all * group) / groups);
  const lastTile = <i32>((<i64>all * (group + 1)) / groups);
  const patch = scratch(command, 15, 19);
  const source = patch + 2 * PATCH;
  const sourceApart = apartOf(inner, tiles);
  const slopes = source + 36 * sourceApart;
  const slopesApart = apartOf(panels << 3, tiles);
  const quads = inner >> 2;
  const partial = pointer(command, 2) + <usize>(group * 36 * quads * allPanels) * 128;

  for (let first = firstTile; first < lastTile; first += tiles) {
    const count = min(tiles, lastTile - first);
    const fresh = first == firstTile;
    windows(
      pointer(command, 0),
      integer(command, 4),
      integer(command, 5),
      inner,
      integer(command, 9),
      integer(command, 10),
      down,
      across,
      first,
      count,
      tiles,
      source,
      VECTOR,
      <usize>tiles * VECTOR,
      patch,
    );
    gradients(
      pointer(command, 1) + (bytes(firstPanel) << 3),
      integer(command, 7),
      integer(command, 8),
      channels,
      panels,
      down,
      across,
      first,
      count,
      tiles,
      slopes,
      patch,
    );
    for (let k = 0; k < 36; k++) {
      for (let quad = 0; quad < quads; quad++) {
        const window = source + <usize>k * sourceApart + <usize>(quad * tiles) * VECTOR;
        const end = window + <usize>count * VECTOR;
        const sums = partial + <usize>((k * quads + quad) * allPanels + firstPanel) * 128;
        accumulate(window, end, slopes + <usize>k * slopesApart, <usize>tiles * 32, sums, panels, fresh);
      }
    }
  }
}

/**
 * The groups' sums, and G^T of them: partials, target [3, 3, inner, channels], groups, inner, channels, quads of inner
 * channels a chunk, scratch, floats of scratch a thread
 */
export function winogradWeightSum(command: usize, chunk: i32): void {
  const partials = pointer(command, 0);
  const target = pointer(command, 1);
  const groups = integer(command, 2);
  const inner = integer(command, 3);
  const channels = integer(command, 4);
  const step = integer(command, 5);
  const half = scratch(command, 6, 7);
  const sums = half + PATCH;
  const quads = inner >> 2;
  const panels = channels >> 3;
  const size = <usize>(36 * quads * panels) * 128;
  const last = min((chunk + 1) * step, quads);
  for (let quad = chunk * step; quad < last; quad++) {
    for (let panel = 0; panel < panels; panel++) {
      let from = partials + <usize>(quad * panels + panel) * 128;
      for (let k = 0; k < 36; k++, from += <usize>(quads * panels) * 128) {
        const to = sums + <usize>k * 128;
        for (let o: usize = 0; o < 128; o += 32) {
          let a = v128.load(from + o);
          let b = v128.load(from + o, 16);
          let at = from + o + size;
          for (let group = 1; group < groups; group++, at += size) {
            a = f32x4.add(a, v128.load(at));
            b = f32x4.add(b, v128.load(at, 16));
          }
          v128.store(to + o, a);
          v128.store(to + o, b, 16);
        }
      }
      for (let vector = 0; vector < 8; vector++) {
        weightGradientLines(sums + <usize>vector * VECTOR, 6 * 128, 128, half, ROW, VECTOR, 6);
        const channel = (quad << 2) + (vector >> 1);
        const to = target + bytes(channel * channels + (panel << 3) + ((vector & 1) << 2));
        const column = bytes(inner * channels);
        weightGradientLines(half, VECTOR, ROW, to, column, 3 * column, 3);
      }
    }
  }
}
