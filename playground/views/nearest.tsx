/** The chosen picture, and those that lie nearest to it now. */
import { useComputed } from "@preact/signals";
import { shown } from "../draw/scale.js";
import type { Racer } from "../store/store.js";
import { useStore } from "../store/use.js";
import { Thumb } from "../thumb.js";
import { nearestTo } from "./near.js";

/** As many are listed. */
const most = 4;

export const Nearest = ({ racer }: { readonly racer: Racer }) => {
  const { chosen, pictures } = useStore();
  const near = useComputed(() => {
    const [moment, picture] = [racer.shown.value, chosen.value];
    return moment === undefined || picture === undefined ? [] : nearestTo(racer.choices, moment, picture, most);
  });
  const own = pictures.value[chosen.value ?? -1];
  if (own === undefined) return <p class="nearest quiet">Choose a picture to see which lie nearest to it; drag it to ask what if.</p>;
  return (
    <div class="nearest">
      <figure class="asked">
        <Thumb picture={own.thumbnail} side={44} />
        <figcaption>{own.label}</figcaption>
      </figure>
      <ol aria-label={`nearest to ${own.label}`}>
        {near.value.map(({ picture, distance }) => {
          const one = pictures.value[picture];
          if (one === undefined) return null;
          const right = one.label === own.label;
          return (
            <li key={picture} class={right ? "right" : "wrong"}>
              <Thumb picture={one.thumbnail} side={44} alt={`${one.label}, ${right ? "the same class" : "another class"}`} />
              <span>
                {right ? "✓" : "✗"} {shown(distance)}
              </span>
            </li>
          );
        })}
      </ol>
    </div>
  );
};
