/** What a run is made of: the objective part by part, the network, the batch. A change begins anew. */
import { heads, losses, miners, regularizers } from "#mdr/metric/index.js";
import { choicesOf, recipeName } from "#mdr/train/index.js";
import { Term } from "../explain/term.js";
import { useStore } from "../store/use.js";
import { choose, numbersOf } from "./choose.js";
import { Choice, Slider, Text } from "./fields.js";

const named = (registry: Readonly<Record<string, unknown>>) => Object.keys(registry).map((name) => ({ value: name, title: name }));

const lambdas = [0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1, 1.5, 2, 3, 5];
const rates = [1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 3e-3, 5e-3, 1e-2, 2e-2, 5e-2];
const sizes = [2, 3, 8, 16, 32, 64].map((value) => ({ value, title: value === 2 ? "2: the plane itself" : String(value) }));

/** Sets of levels that the paper compares, and some that it does not. */
const levelSets = ["-3, 0, 3", "0", "-2, 2", "-3, -1, 1, 3", "-4, -2, 0, 2, 4"];

const Levels = () => {
  const store = useStore();
  const levels = (store.choices.value.levels as readonly number[]).join(", ").replaceAll("-", "−");
  return (
    <>
      <Text
        label="Levels at first"
        term="level"
        mode="text"
        value={levels}
        onChoose={(text) => choose(store, { levels: numbersOf(text) })}
      />
      <ul class="chips" aria-label="Sets of levels">
        {levelSets.map((set) => (
          <li key={set}>
            <button type="button" class="small" onClick={() => choose(store, { levels: numbersOf(set) })}>
              {set.replaceAll("-", "−")}
            </button>
          </li>
        ))}
      </ul>
    </>
  );
};

const Objective = () => {
  const store = useStore();
  const now = store.choices.value;
  const { head, loss, regularizer } = choicesOf(now);
  const part = (changed: Readonly<Record<string, unknown>>): void => {
    store.race.value = false;
    choose(store, changed);
  };
  return (
    <fieldset>
      <legend>Objective</legend>
      {(regularizer === "mdr" || store.race.value) && (
        <>
          <Slider
            label="λ, weight of MDR"
            term="lambda"
            value={Number(now.lambda)}
            stops={lambdas}
            onChoose={(lambda) => choose(store, { lambda })}
          />
          <Levels />
        </>
      )}
      <details>
        <summary>Take it apart: {recipeName(now)}</summary>
        <Choice label="Head" term="head" value={head} options={named(heads)} onChoose={(value) => part({ head: value })} />
        <Choice label="Loss" term="loss" value={loss} options={named(losses)} onChoose={(value) => part({ loss: value })} />
        <Choice label="Miner" term="miner" value={now.miner} options={named(miners)} onChoose={(miner) => choose(store, { miner })} />
        <Choice
          label="Regularizer"
          term="regularizer"
          value={regularizer}
          options={named(regularizers)}
          onChoose={(value) => part({ regularizer: value })}
        />
        <Choice
          label="Formulas of"
          term="variant"
          value={now.variant}
          options={[
            { value: "paper", title: "the paper" },
            { value: "official", title: "the authors' code" },
          ]}
          onChoose={(variant) => choose(store, { variant })}
        />
      </details>
    </fieldset>
  );
};

const Network = () => {
  const store = useStore();
  const now = store.choices.value;
  return (
    <fieldset>
      <legend>Network and steps</legend>
      <Choice
        label="Embedding size"
        term="embedding size"
        value={now.embedding}
        options={
          sizes.some(({ value }) => value === now.embedding) ? sizes : [...sizes, { value: now.embedding, title: String(now.embedding) }]
        }
        onChoose={(embedding) => choose(store, { embedding })}
      />
      <Slider
        label="Learning rate"
        term="learning rate"
        value={now.learningRate}
        stops={rates}
        onChoose={(learningRate) => choose(store, { learningRate })}
      />
      <Slider
        label="Pictures of a batch"
        term="batch"
        value={now.batch}
        stops={[8, 16, 24, 32, 48, 64]}
        onChoose={(batch) => choose(store, { batch, perClass: Math.min(now.perClass, batch) })}
      />
      <div class="seed">
        <Text
          label="Seed"
          term="seed"
          mode="numeric"
          value={String(now.seed)}
          onChoose={(text) => choose(store, { seed: numbersOf(text)[0] })}
        />
        <button type="button" onClick={() => choose(store, { seed: (now.seed + 1) % 2 ** 32 })}>
          Next seed
        </button>
      </div>
    </fieldset>
  );
};

export const Settings = () => (
  <div id="settings" class="settings">
    <Objective />
    <Network />
    <p class="quiet">
      A change begins anew, with the same <Term of="seed">seed</Term>.
    </p>
  </div>
);
