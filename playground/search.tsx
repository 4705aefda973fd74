/** A picture of the visitor's own, and the nearest of all that are shown. */
import { useSignal } from "@preact/signals";
import { isLeft } from "fp-ts/lib/Either.js";
import { useId } from "preact/hooks";
import { chosen as picturesOf } from "./data/folder.js";
import { largestSide } from "./data/sorting.js";
import { shown } from "./draw/scale.js";
import { Term } from "./explain/term.js";
import { RacerChoice } from "./racerChoice.js";
import { useTools } from "./store/use.js";
import { Thumb } from "./thumb.js";

/** As many neighbours are listed. */
const most = 8;

const Found = () => {
  const { store } = useTools();
  const { search, pictures } = store;
  const now = search.value;
  if (now === undefined) return null;
  return (
    <div class="nearest" aria-live="polite">
      <figure class="asked">
        <Thumb picture={now.picture} side={64} />
        <figcaption>{now.name}</figcaption>
      </figure>
      {now.neighbours === undefined ? (
        <p>Looking …</p>
      ) : (
        <ol aria-label="Nearest pictures">
          {now.neighbours.map(({ picture, distance }) => {
            const one = pictures.value[picture];
            return (
              one && (
                <li key={picture}>
                  <Thumb picture={one.thumbnail} side={64} />
                  <span>
                    {one.label}
                    <br />
                    {shown(distance)}
                  </span>
                </li>
              )
            );
          })}
        </ol>
      )}
    </div>
  );
};

export const SearchPanel = () => {
  const { store, decode } = useTools();
  const racer = useSignal(0);
  const id = useId();
  const ask = async (files: Iterable<File>): Promise<void> => {
    const [first] = picturesOf(files);
    if (first === undefined) return;
    const decoded = await decode(first.file, first.file.name, largestSide);
    if (isLeft(decoded)) store.complain(decoded.left);
    else store.find(decoded.right, first.file.name, racer.value, most);
  };
  return (
    <section
      id="search"
      class="panel"
      aria-labelledby="search-title"
      onDragOver={(event) => {
        if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
      }}
      onDrop={(event) => {
        event.preventDefault();
        void ask(event.dataTransfer?.files ?? []);
      }}
    >
      <h2 id="search-title">Find what is like your picture</h2>
      <p>
        Its <Term of="embedding" /> is compared with those of all pictures here, seen and unseen, as the network is now.
      </p>
      <RacerChoice racer={racer} />
      <div class="field">
        <label for={id}>Your picture</label>
        <input id={id} type="file" accept="image/*" onChange={({ currentTarget }) => void ask(currentTarget.files ?? [])} />
      </div>
      <Found />
    </section>
  );
};
