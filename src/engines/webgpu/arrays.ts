/** Arrays on the device, and who holds them: an array is freed when the last resident over it is released. */
import * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import { engineError, type Fault } from "../../faults/index.js";
import { type Shape, showShape, sizeOf, type Tensor } from "../../tensor/index.js";
import type { Resident } from "../engine.js";
import { type Device, mapForReading, usage } from "./device.js";

/** An array of 32-bit floats. */
export interface DeviceArray {
  readonly buffer: GPUBuffer;
  readonly hold: () => void;
  readonly drop: () => void;
}

export interface Arrays {
  /** A resident over what an array holds; it holds the array. */
  readonly resident: (shape: Shape, array: DeviceArray) => Resident;
  readonly upload: (t: Tensor) => Resident;
  /** The array of one of this engine's own residents, or why there is none. */
  readonly arrayOf: (resident: Resident) => E.Either<Fault, DeviceArray>;
}

/** Bytes of a tensor's numbers: an array of none has one all the same, for there are no empty buffers. */
export const bytesOf = (shape: Shape): number => 4 * Math.max(1, sizeOf(shape));

/** An array that its maker holds. */
export const newArray = ({ gpu }: Device, shape: Shape): DeviceArray => {
  const buffer = gpu.createBuffer({ size: bytesOf(shape), usage: usage.storage | usage.copySource | usage.copyTarget });
  const state = { holders: 1 };
  return {
    buffer,
    hold: () => {
      state.holders += 1;
    },
    drop: () => {
      state.holders -= 1;
      if (state.holders === 0) buffer.destroy();
    },
  };
};

/** What is wrong with a tensor that is larger than an array can be; null where it is not. */
export const oversized = ({ mostBytes }: Device, shape: Shape): string | null => {
  if (bytesOf(shape) <= mostBytes) return null;
  const batch = Math.floor(((shape[0] ?? 1) * mostBytes) / bytesOf(shape));
  return (
    `a tensor ${showShape(shape)} takes ${bytesOf(shape)} bytes, and an array has ${mostBytes} at most here: ` +
    (batch > 0 ? `use a batch of at most ${batch}` : "make the network or the images smaller")
  );
};

/** Copies an array to where the host can see it, once all work before is done. */
const readFrom =
  (device: Device, shape: Shape, { buffer }: DeviceArray): TE.TaskEither<Fault, Tensor> =>
  async () => {
    const { gpu, checked, faultOf, broken } = device;
    if (sizeOf(shape) === 0) return E.right({ shape, data: new Float32Array(0) });
    const size = bytesOf(shape);
    const staged = await checked(() => {
      const staging = gpu.createBuffer({ size, usage: usage.mapRead | usage.copyTarget });
      const encoder = gpu.createCommandEncoder();
      encoder.copyBufferToBuffer(buffer, 0, staging, 0, size);
      gpu.queue.submit([encoder.finish()]);
      return staging;
    })();
    if (E.isLeft(staged)) return staged;
    const staging = staged.right;
    try {
      await staging.mapAsync(mapForReading);
      return E.right({ shape, data: new Float32Array(staging.getMappedRange().slice(0)) });
    } catch (thrown) {
      return E.left(broken() ?? faultOf(thrown));
    } finally {
      staging.destroy();
    }
  };

const released = engineError("this tensor was released");

export const arraysOn = (device: Device): Arrays => {
  const known = new WeakMap<Resident, () => E.Either<Fault, DeviceArray>>();
  /** A resident that is one of the array's holders; `found` says why there is none. */
  const over = (shape: Shape, found: () => E.Either<Fault, DeviceArray>): Resident => {
    const state = { released: false };
    const own = (): E.Either<Fault, DeviceArray> => (state.released ? E.left(released) : found());
    const made: Resident = {
      shape,
      read: async () => {
        const array = own();
        return E.isLeft(array) ? array : readFrom(device, shape, array.right)();
      },
      release: () => {
        const array = own();
        state.released = true;
        if (E.isRight(array)) array.right.drop();
      },
    };
    known.set(made, own);
    return made;
  };
  return {
    resident: (shape, array) => {
      array.hold();
      return over(shape, () => E.right(array));
    },
    upload: ({ shape, data }) => {
      const large = oversized(device, shape);
      const refused = device.broken() ?? (large === null ? null : device.faultOf(large));
      if (refused !== null) return over(shape, () => E.left(refused));
      const state: { found: E.Either<Fault, DeviceArray> } = { found: E.left(engineError("it did not go up")) };
      const checking = device.checked(() => {
        const array = newArray(device, shape);
        device.gpu.queue.writeBuffer(array.buffer, 0, Float32Array.from(data));
        state.found = E.right(array);
      })();
      // What the device has against it comes later; until then a run, which reads an array that never came to be, is told so itself.
      checking.then((checked) => {
        if (E.isLeft(checked)) state.found = checked;
      });
      const made = over(shape, () => state.found);
      const { read } = made;
      return Object.assign(made, { read: async () => checking.then(() => read()) });
    },
    arrayOf: (one) => known.get(one)?.() ?? E.left(engineError("it belongs to another engine: upload it with this one")),
  };
};
