/** Play, pause, step, look back, go back, begin anew. */
import { useComputed } from "@preact/signals";
import { Term } from "../explain/term.js";
import { useStore } from "../store/use.js";

/** Where the run stands, in words. */
const words = { preparing: "Preparing …", paused: "Paused", playing: "Training", ended: "Trained to the end" } as const;

const Speed = () => {
  const { racers, standing } = useStore();
  // With the standing, which comes seldom: a number that changes twelve times a second cannot be read.
  const speed = useComputed(() =>
    standing.value.state === "playing" ? Math.round(racers.value[0]?.shown.value?.imagesPerSecond ?? 0) : 0,
  );
  return <span class="quiet speed">{speed.value > 0 ? `${Math.round(speed.value / 10) * 10} pictures/s` : ""}</span>;
};

const Rewind = () => {
  const store = useStore();
  const { standing, lookingAt } = store;
  const { step } = standing.value;
  const most = Math.max(step, 1);
  const at = lookingAt.value ?? step;
  return (
    <div class="rewind">
      <span class="step">
        <Term of="step">Step</Term> {at} <span class="quiet">of {standing.value.last}</span>
      </span>
      <input
        type="range"
        aria-label="Step: look back, and let go to go back"
        min={0}
        max={most}
        value={at}
        step={1}
        disabled={step === 0}
        aria-valuetext={`step ${at} of ${standing.value.last}`}
        onInput={({ currentTarget }) => {
          if (standing.value.state === "playing") store.pause();
          lookingAt.value = Number(currentTarget.value);
        }}
        onChange={({ currentTarget }) => store.rewind(Number(currentTarget.value))}
      />
    </div>
  );
};

export const Transport = () => {
  const store = useStore();
  const { state, last } = store.standing.value;
  const playing = state === "playing";
  return (
    <section id="transport" class="transport" aria-label="The run">
      <button
        type="button"
        class="primary"
        disabled={state === "preparing" || state === "ended"}
        aria-keyshortcuts="k"
        onClick={() => (playing ? store.pause() : store.play())}
      >
        <span aria-hidden="true">{playing ? "❚❚" : "▶"}</span> {playing ? "Pause" : "Train"}
      </button>
      <button type="button" disabled={state !== "paused"} aria-keyshortcuts="." onClick={store.step}>
        One step
      </button>
      <button type="button" aria-keyshortcuts="0" onClick={store.begin}>
        Reset
      </button>
      <Rewind />
      <p class="state">
        <span role="status">{state === "ended" && last === 0 ? "It could not begin" : words[state]}</span> <Speed />
      </p>
    </section>
  );
};
