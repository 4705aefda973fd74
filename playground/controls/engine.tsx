/** Where the arithmetic runs, why there, and where else it could. */
import type { Tried } from "#mdr/play/index.js";
import { Term } from "../explain/term.js";
import { useStore } from "../store/use.js";
import { choose } from "./choose.js";

/** A way to run: the engine, and its mode where it has several. */
const titleOf = ({ name, mode }: Tried): string => (mode === "auto" ? name : `${name}, ${mode}`);

const Way = ({ tried, checked, onChoose }: { readonly tried: Tried; readonly checked: boolean; readonly onChoose: () => void }) => (
  <li>
    <label class="card">
      <input type="radio" name="engine" checked={checked} disabled={!tried.available} onChange={onChoose} />
      <span>
        <strong>{titleOf(tried)}</strong>
        <small>{tried.why}</small>
      </span>
    </label>
  </li>
);

export const EnginePanel = () => {
  const store = useStore();
  const { choices, opened } = store;
  const now = opened.value;
  const { engine, gpuMode } = choices.value;
  return (
    <section id="engine" class="panel" aria-labelledby="engine-title">
      <h2 id="engine-title">
        <Term of="engine">Engine</Term>
      </h2>
      <p role="status">
        {now === undefined
          ? "An engine is being opened …"
          : `It runs on ${now.info.name} (${now.info.backend}), ${now.info.device}${now.info.software ? ", in software" : ""}. `}
        {now !== undefined && now.why !== "" && <span class="quiet">({now.why})</span>}
      </p>
      <details>
        <summary>Choose another, or see why not</summary>
        <ul class="plain" aria-label="Engines">
          <li>
            <label class="card">
              <input
                type="radio"
                name="engine"
                checked={engine === "auto"}
                onChange={() => choose(store, { engine: "auto", gpuMode: "auto" })}
              />
              <span>
                <strong>the fastest that works here</strong>
              </span>
            </label>
          </li>
          {now?.tried.map((tried) => (
            <Way
              key={`${tried.name} ${tried.mode}`}
              tried={tried}
              checked={engine === tried.name && (tried.mode === "auto" || gpuMode === tried.mode)}
              onChoose={() => choose(store, { engine: tried.name, ...(tried.mode === "auto" ? {} : { gpuMode: tried.mode }) })}
            />
          ))}
        </ul>
      </details>
    </section>
  );
};
