/** Which method trains: one of the paper's three, or all of them against each other. */
import type { Method } from "#mdr/train/index.js";
import { Term } from "../explain/term.js";
import { methodNames, methodTitles, withMethod } from "../store/racers.js";
import { useStore } from "../store/use.js";

const says: Readonly<Record<Method, string>> = {
  triplet: "positives nearer than negatives, no more",
  "triplet-l2": "the same on a sphere",
  "triplet-mdr": "and every distance drawn to a level",
};

/** Whether the visitor's own mixture is none of the three. */
const isOwn = ({
  head,
  loss,
  regularizer,
}: {
  readonly head?: unknown;
  readonly loss?: unknown;
  readonly regularizer?: unknown;
}): boolean => head !== undefined || loss !== undefined || regularizer !== undefined;

export const Methods = () => {
  const { choices, race } = useStore();
  const now = choices.value;
  return (
    <fieldset id="method" class="methods">
      <legend>Method</legend>
      {methodNames.map((method) => (
        <label key={method} class="card">
          <input
            type="radio"
            name="method"
            checked={!race.value && now.method === method && !isOwn(now)}
            onChange={() => {
              race.value = false;
              choices.value = withMethod(now, method);
            }}
          />
          <span>
            <strong>{methodTitles[method]}</strong>
            <small>{says[method]}</small>
          </span>
        </label>
      ))}
      <label class="card">
        <input type="radio" name="method" checked={race.value} onChange={() => (race.value = true)} />
        <span>
          <strong>Race all three</strong>
          <small>on one seed: same weights, same batches</small>
        </span>
      </label>
      <p class="quiet">
        What are <Term of="triplet">triplets</Term>, and what is <Term of="MDR">MDR</Term>?
      </p>
    </fieldset>
  );
};
