/** What went wrong, said so that something can be done about it. */
import { sentence } from "#mdr/faults/index.js";
import { useStore } from "./store/use.js";

/** Settings as the page calls them, where it calls them otherwise. */
const calledHere: Readonly<Record<string, string>> = {
  lambda: "λ",
  levels: "“Levels at first”",
  embedding: "“Embedding size”",
  learningRate: "“Learning rate”",
  batch: "“Pictures of a batch”",
  perClass: "the pictures of one class in a batch",
  seed: "“Seed”",
  engine: "“Engine”",
  gpuMode: "“Engine”",
  imageSize: "the size of pictures",
};

export const Faults = () => {
  const { complaints, dismiss } = useStore();
  return (
    <div id="faults" class="faults" role="alert" aria-live="polite">
      {complaints.value.map(({ id, fault, racer }) => (
        <p key={id}>
          <span>
            {racer === undefined ? "" : `${racer}: `}
            {sentence(fault, (name) => calledHere[name] ?? name)}
          </span>
          <button type="button" class="small" onClick={() => dismiss(id)} aria-label={`Close: ${fault.what}`}>
            Close
          </button>
        </p>
      ))}
    </div>
  );
};
