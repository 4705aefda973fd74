/** Rearranging: transposition, and weights packed in panels of 8 columns for the register tiles. */
import { bytes, integer, pointer } from "./command";

/** source [R, C], target [C, R], R, C, target rows a chunk */
export function transpose(command: usize, chunk: i32): void {
  const source = pointer(command, 0);
  const target = pointer(command, 1);
  const rows = integer(command, 2);
  const columns = integer(command, 3);
  const step = integer(command, 4);
  const first = chunk * step;
  const last = min(first + step, columns);
  for (let r = 0; r < rows; r++) {
    const from = source + bytes(r * columns);
    const to = target + bytes(r);
    for (let c = first; c < last; c++) store<f32>(to + bytes(c * rows), load<f32>(from + bytes(c)));
  }
}

/**
 * source, target [columns / 8, ny * nx * nc, 8], ny, nx, nc, their strides in the source, columns, stride of a column,
 * panels a chunk. Missing columns of the last panel are 0.
 */
export function pack(command: usize, chunk: i32): void {
  const source = pointer(command, 0);
  const ny = integer(command, 2);
  const nx = integer(command, 3);
  const nc = integer(command, 4);
  const strideY = integer(command, 5);
  const strideX = integer(command, 6);
  const strideC = integer(command, 7);
  const columns = integer(command, 8);
  const stride = integer(command, 9);
  const step = integer(command, 10);
  const last = min((chunk + 1) * step, (columns + 7) >> 3);
  for (let panel = chunk * step; panel < last; panel++) {
    let target = pointer(command, 1) + bytes(panel * 8 * ny * nx * nc);
    const column = panel * 8;
    const present = min(8, columns - column);
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++) {
        let at = source + bytes(y * strideY + x * strideX + column * stride);
        for (let c = 0; c < nc; c++, at += bytes(strideC), target += 32) {
          if (stride == 1 && present == 8) {
            v128.store(target, v128.load(at));
            v128.store(target, v128.load(at, 16), 16);
          } else {
            for (let lane = 0; lane < 8; lane++) {
              store<f32>(target + bytes(lane), lane < present ? load<f32>(at + bytes(lane * stride)) : 0);
            }
          }
        }
      }
    }
  }
}
