/** Photos sorted into classes by hand: chosen by a tap, a click or a key, then moved; or dragged onto a class. */
import { type Signal, useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { Thumb } from "../thumb.js";
import { moved, type Photo, type Sorting, withClass, without, withoutClass } from "./sorting.js";

/** As many of a class are shown. */
const mostShown = 40;

interface Properties {
  readonly sorting: Signal<Sorting>;
}

const Photos = ({ photos, selected }: { readonly photos: readonly Photo[]; readonly selected: Signal<ReadonlySet<number>> }) => (
  <ul class="photos">
    {photos.slice(0, mostShown).map(({ id, name, picture }) => {
      const on = selected.value.has(id);
      return (
        <li key={id}>
          <button
            type="button"
            class="photo"
            aria-pressed={on}
            aria-label={name}
            draggable
            onDragStart={(event) => {
              if (!on) selected.value = new Set([id]);
              event.dataTransfer?.setData("text/plain", name);
            }}
            onClick={() => (selected.value = new Set(on ? [...selected.value].filter((one) => one !== id) : [...selected.value, id]))}
          >
            <Thumb picture={picture} side={48} />
          </button>
        </li>
      );
    })}
    {photos.length > mostShown && <li class="quiet">and {photos.length - mostShown} more</li>}
  </ul>
);

export const Sorter = ({ sorting }: Properties) => {
  const selected = useSignal<ReadonlySet<number>>(new Set());
  const over = useSignal<string | undefined>(undefined);
  const target = useSignal("");
  const fresh = useSignal("");
  const [field, choice] = [useId(), useId()];
  const { classes, photos } = sorting.value;
  if (photos.length === 0 && classes.length === 0) return null;
  const move = (label: string | undefined): void => {
    sorting.value = moved(sorting.value, selected.value, label);
    selected.value = new Set();
  };
  const add = (): void => {
    sorting.value = withClass(sorting.value, fresh.value);
    target.value = fresh.value.trim();
    fresh.value = "";
  };
  const count = selected.value.size;
  const unsorted = photos.filter(({ label }) => label === undefined);
  return (
    <div class="sorter">
      <div class="row">
        <div class="field">
          <label for={field}>New class</label>
          <input
            id={field}
            type="text"
            value={fresh.value}
            onInput={({ currentTarget }) => (fresh.value = currentTarget.value)}
            onKeyDown={({ key }) => {
              if (key === "Enter") add();
            }}
          />
        </div>
        <button type="button" onClick={add} disabled={fresh.value.trim() === ""}>
          Add class
        </button>
      </div>
      <div class="row">
        <div class="field">
          <label for={choice}>{count === 0 ? "Choose pictures below, then move them" : `Move ${count} chosen into`}</label>
          <select id={choice} value={target.value} onChange={({ currentTarget }) => (target.value = currentTarget.value)}>
            <option value="">no class yet</option>
            {classes.map((name) => (
              <option key={name} value={name} selected={name === target.value}>
                {name}
              </option>
            ))}
          </select>
        </div>
        <button type="button" disabled={count === 0} onClick={() => move(target.value === "" ? undefined : target.value)}>
          Move
        </button>
        <button
          type="button"
          disabled={count === 0}
          onClick={() => {
            sorting.value = without(sorting.value, selected.value);
            selected.value = new Set();
          }}
        >
          Leave out
        </button>
      </div>
      {unsorted.length > 0 && (
        <section aria-label="Not sorted yet">
          <h3>
            Not sorted yet <span class="quiet">{unsorted.length}</span>
          </h3>
          <Photos photos={unsorted} selected={selected} />
        </section>
      )}
      {classes.map((name) => {
        const own = photos.filter(({ label }) => label === name);
        return (
          <section
            key={name}
            aria-label={name}
            class={over.value === name ? "class over" : "class"}
            onDragOver={(event) => {
              if (event.dataTransfer?.types.includes("Files")) return;
              event.preventDefault();
              over.value = name;
            }}
            onDragLeave={() => (over.value = undefined)}
            onDrop={(event) => {
              if (event.dataTransfer?.types.includes("Files")) return;
              event.preventDefault();
              over.value = undefined;
              move(name);
            }}
          >
            <h3>
              {name} <span class="quiet">{own.length}</span>
              <button
                type="button"
                class="small"
                onClick={() => (sorting.value = withoutClass(sorting.value, name))}
                aria-label={`Take the class ${name} away; its pictures stay`}
              >
                Take away
              </button>
            </h3>
            <Photos photos={own} selected={selected} />
          </section>
        );
      })}
    </div>
  );
};
