/** Pictures by the webcam: some frames of one thing make a class. Nothing leaves the page. */
import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useId, useRef } from "preact/hooks";
import { misused } from "#mdr/faults/index.js";
import type { Picture } from "#mdr/pictures/browser.js";
import { useStore } from "../store/use.js";
import { added, largestSide, type Sorting } from "./sorting.js";

/** As many pictures are taken at a time, and milliseconds between two, so that they differ. */
const [frames, pause] = [12, 250];

/** What the video shows, in RGB, its longer side as of every photo here. */
const frameOf = (video: HTMLVideoElement): Picture => {
  const scale = Math.min(1, largestSide / Math.max(video.videoWidth, video.videoHeight));
  const [width, height] = [Math.max(1, Math.round(video.videoWidth * scale)), Math.max(1, Math.round(video.videoHeight * scale))];
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  context?.drawImage(video, 0, 0, width, height);
  const data = context?.getImageData(0, 0, width, height).data ?? new Uint8ClampedArray(4 * width * height);
  const pixels = Uint8Array.from({ length: 3 * width * height }, (_, at) => data[4 * Math.floor(at / 3) + (at % 3)] as number);
  return { width, height, pixels };
};

const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

export const Webcam = ({ sorting }: { readonly sorting: Signal<Sorting> }) => {
  const store = useStore();
  const video = useRef<HTMLVideoElement>(null);
  const stream = useSignal<MediaStream | undefined>(undefined);
  const name = useSignal("");
  const left = useSignal(0);
  const field = useId();
  const stop = (): void => {
    for (const track of stream.value?.getTracks() ?? []) track.stop();
    stream.value = undefined;
  };
  useEffect(() => stop, []);
  const open = async (): Promise<void> => {
    try {
      const opened = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480 } });
      stream.value = opened;
      if (video.current !== null) {
        video.current.srcObject = opened;
        await video.current.play();
      }
    } catch {
      store.complain(misused("no webcam can be used: allow it for this page, or bring photos", { where: "the webcam" }));
    }
  };
  const take = async (): Promise<void> => {
    const label = name.value.trim();
    for (left.value = frames; left.value > 0 && video.current !== null; left.value -= 1) {
      sorting.value = added(sorting.value, [{ name: `${label} ${frames - left.value + 1}`, label, picture: frameOf(video.current) }]);
      await wait(pause);
    }
  };
  const running = stream.value !== undefined;
  return (
    <div class="webcam">
      <video ref={video} hidden={!running} playsInline muted aria-label="What the webcam sees" />
      {running ? (
        <div class="row">
          <div class="field">
            <label for={field}>What is shown (the class)</label>
            <input id={field} type="text" value={name.value} onInput={({ currentTarget }) => (name.value = currentTarget.value)} />
          </div>
          <button type="button" class="primary" disabled={name.value.trim() === "" || left.value > 0} onClick={() => void take()}>
            {left.value > 0 ? `${left.value} more …` : `Take ${frames} pictures`}
          </button>
          <button type="button" onClick={stop}>
            Close the webcam
          </button>
        </div>
      ) : (
        <button type="button" onClick={() => void open()}>
          Open the webcam
        </button>
      )}
    </div>
  );
};
