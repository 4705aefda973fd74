/** Where the pictures come from: drawn here, a folder of class folders, loose photos sorted by hand, the webcam. They stay in the page. */
import { type Signal, useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { choose } from "../controls/choose.js";
import { Slider } from "../controls/fields.js";
import { useTools } from "../store/use.js";
import { bring, type Progress } from "./bring.js";
import { chosen, dropped, type Found } from "./folder.js";
import { Sorter } from "./sorter.js";
import { givenOf, largestSide, mostPhotos, nothingSorted, type Sorting, usableClasses } from "./sorting.js";
import { Webcam } from "./webcam.js";

const speciesCounts = [4, 6, 8, 12, 16, 24, 32];
const shares = [4, 6, 8, 12, 16, 24];

const Species = () => {
  const { store } = useTools();
  const { species, perSpecies } = store.choices.value;
  return (
    <div class="pair">
      <Slider
        label="Species"
        term="seen class"
        value={species}
        stops={speciesCounts}
        onChoose={(value) => choose(store, { species: value })}
      />
      <Slider label="Pictures of each" value={perSpecies} stops={shares} onChoose={(value) => choose(store, { perSpecies: value })} />
    </div>
  );
};

const Photos = ({ sorting }: { readonly sorting: Signal<Sorting> }) => {
  const { store, decode } = useTools();
  const progress = useSignal<Progress>(undefined);
  const over = useSignal(false);
  const [files, folder] = [useId(), useId()];
  const take = (found: readonly Found[]) => bring({ sorting, progress, decode, complain: store.complain }, found);
  const usable = usableClasses(sorting.value);
  const begun = store.data.value.kind === "given";
  return (
    <div>
      <fieldset
        class={over.value ? "drop over" : "drop"}
        onDragOver={(event) => {
          if (!event.dataTransfer?.types.includes("Files")) return;
          event.preventDefault();
          over.value = true;
        }}
        onDragLeave={() => (over.value = false)}
        onDrop={(event) => {
          const items = event.dataTransfer?.items;
          if (items === undefined || !event.dataTransfer?.types.includes("Files")) return;
          event.preventDefault();
          over.value = false;
          void dropped(items).then(take);
        }}
      >
        <legend>Drop a folder of class folders here, or photos</legend>
        <div class="pair">
          <div class="field">
            <label for={folder}>A folder: each folder in it is a class</label>
            <input
              id={folder}
              type="file"
              multiple
              ref={(element) => element?.setAttribute("webkitdirectory", "")}
              onChange={({ currentTarget }) => void take(chosen(currentTarget.files ?? []))}
            />
          </div>
          <div class="field">
            <label for={files}>Photos, to be sorted here</label>
            <input
              id={files}
              type="file"
              multiple
              accept="image/*"
              onChange={({ currentTarget }) => void take(chosen(currentTarget.files ?? []))}
            />
          </div>
        </div>
        <Webcam sorting={sorting} />
        <p class="quiet">
          At most {mostPhotos} pictures of up to 52 megapixels, kept at {largestSide} pixels on the longer side. They never leave this page.
        </p>
      </fieldset>
      <p role="status">{progress.value === undefined ? "" : `Reading ${progress.value.done + 1} of ${progress.value.all} …`}</p>
      <Sorter sorting={sorting} />
      {sorting.value.photos.length > 0 && (
        <div class="row">
          <button type="button" class="primary" disabled={usable < 2} onClick={() => (store.data.value = givenOf(sorting.value))}>
            {begun ? "Train on what is sorted now" : "Train on these"}
          </button>
          <button type="button" onClick={() => (sorting.value = nothingSorted)}>
            Leave out all
          </button>
          <span class="quiet">
            {usable} classes of two pictures or more
            {usable < 4 ? ": four or more are wanted, of which half are never trained on" : ": half train, half are never seen"}
          </span>
        </div>
      )}
    </div>
  );
};

export const DataPanel = () => {
  const { store } = useTools();
  const sorting = useSignal(nothingSorted);
  const own = useSignal(false);
  return (
    <section id="data" class="panel" aria-labelledby="data-title">
      <h2 id="data-title">Pictures</h2>
      <div class="row" role="radiogroup" aria-labelledby="data-title">
        <label class="card">
          <input
            type="radio"
            name="data"
            checked={!own.value}
            onChange={() => {
              own.value = false;
              if (store.data.value.kind !== "species") store.data.value = { kind: "species" };
            }}
          />
          <span>
            <strong>Made-up species</strong>
            <small>drawn in this page</small>
          </span>
        </label>
        <label class="card">
          <input type="radio" name="data" checked={own.value} onChange={() => (own.value = true)} />
          <span>
            <strong>Your photos</strong>
            <small>a folder, files, or the webcam</small>
          </span>
        </label>
      </div>
      {own.value ? <Photos sorting={sorting} /> : <Species />}
    </section>
  );
};
