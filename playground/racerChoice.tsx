/** Which of the racers is meant, where there are several. */
import type { Signal } from "@preact/signals";
import { Choice } from "./controls/fields.js";
import { useStore } from "./store/use.js";

export const RacerChoice = ({ racer }: { readonly racer: Signal<number> }) => {
  const { racers } = useStore();
  if (racers.value.length < 2) return null;
  return (
    <Choice
      label="By the network of"
      value={Math.min(racer.value, racers.value.length - 1)}
      options={racers.value.map(({ index, title }) => ({ value: index, title }))}
      onChoose={(index) => {
        racer.value = index;
      }}
    />
  );
};
