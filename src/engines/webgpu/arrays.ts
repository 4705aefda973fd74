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

/** Throws where a tensor is larger than an array can be. */
export const refuseOversized = ({ mostBytes }: Device, shape: Shape): void => {
  if (bytesOf(shape) <= mostBytes) return;
  const batch = Math.floor(((shape[0] ?? 1) * mostBytes) / bytesOf(shape));
  throw new RangeError(
    `a tensor ${showShape(shape)} takes ${bytesOf(shape)} bytes, and an array has ${mostBytes} at most here: ` +
      (batch > 0 ? `use a batch of at most ${batch}` : "make the network or the images smaller"),
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
  const resident: Arrays["resident"] = (shape, array) => {
    array.hold();
    const state = { released: false };
    const own = (): E.Either<Fault, DeviceArray> => (state.released ? E.left(released) : E.right(array));
    const made: Resident = {
      shape,
      read: async () => (state.released ? E.left(released) : readFrom(device, shape, array)()),
      release: () => {
        if (state.released) return;
        state.released = true;
        array.drop();
      },
    };
    known.set(made, own);
    return made;
  };
  /** What went up as nothing says why whenever it is asked for. */
  const unusable = (shape: Shape, fault: Fault): Resident => {
    const made: Resident = { shape, read: async () => E.left(fault), release: () => undefined };
    known.set(made, () => E.left(fault));
    return made;
  };
  return {
    resident,
    upload: ({ shape, data }) => {
      const fault = device.broken();
      if (fault !== null) return unusable(shape, fault);
      try {
        refuseOversized(device, shape);
        const array = newArray(device, shape);
        device.gpu.queue.writeBuffer(array.buffer, 0, Float32Array.from(data));
        const made = resident(shape, array);
        array.drop();
        return made;
      } catch (thrown) {
        return unusable(shape, device.faultOf(thrown));
      }
    },
    arrayOf: (one) => known.get(one)?.() ?? E.left(engineError("it belongs to another engine: upload it with this one")),
  };
};
