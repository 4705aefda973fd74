/** The weights as a file that the `mdr` command reads. */
import { useSignal } from "@preact/signals";
import { RacerChoice } from "./racerChoice.js";
import { useStore } from "./store/use.js";

export const DownloadPanel = () => {
  const store = useStore();
  const racer = useSignal(0);
  return (
    <section id="download" class="panel" aria-labelledby="download-title">
      <h2 id="download-title">Take the network with you</h2>
      <p>
        The weights of this step, as a file that the <code>mdr</code> command reads.
      </p>
      <RacerChoice racer={racer} />
      <button type="button" disabled={store.standing.value.state === "preparing"} onClick={() => store.weights(racer.value)}>
        Download the weights
      </button>
    </section>
  );
};
