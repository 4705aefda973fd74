/** The controls of single settings: each with its label, its value in words and what explains it beside it. */
import { useId } from "preact/hooks";
import { shown } from "../draw/scale.js";
import { Term } from "../explain/term.js";
import type { TermName } from "../explain/terms.js";

interface Labelled {
  readonly label: string;
  readonly term?: TermName | undefined;
}

const Label = ({ id, label, term, value }: Labelled & { readonly id: string; readonly value?: string }) => (
  <div class="label">
    <label for={id}>{label}</label>
    {term !== undefined && (
      <span class="about">
        <Term of={term}>?</Term>
      </span>
    )}
    {value !== undefined && <output for={id}>{value}</output>}
  </div>
);

/** One of some names. */
export const Choice = <V extends string | number>({
  label,
  term,
  value,
  options,
  onChoose,
}: Labelled & {
  readonly value: V;
  readonly options: readonly { readonly value: V; readonly title: string }[];
  readonly onChoose: (value: V) => void;
}) => {
  const id = useId();
  return (
    <div class="field">
      <Label id={id} label={label} term={term} />
      <select
        id={id}
        value={String(value)}
        onChange={({ currentTarget }) => {
          const found = options.find((one) => String(one.value) === currentTarget.value);
          if (found !== undefined) onChoose(found.value);
        }}
      >
        {options.map((one) => (
          <option key={one.value} value={String(one.value)} selected={one.value === value}>
            {one.title}
          </option>
        ))}
      </select>
    </div>
  );
};

/** A number of a row of stops: even ones, or such as 1, 2, 5, 10. */
export const Slider = ({
  label,
  term,
  value,
  stops,
  onChoose,
}: Labelled & { readonly value: number; readonly stops: readonly number[]; readonly onChoose: (value: number) => void }) => {
  const id = useId();
  const all = stops.includes(value) ? stops : [...stops, value].sort((a, b) => a - b);
  const wordsOf = (one: number): string => (Math.abs(one) < 0.001 && one !== 0 ? one.toExponential(0) : shown(one));
  return (
    <div class="field">
      <Label id={id} label={label} term={term} value={wordsOf(value)} />
      <input
        id={id}
        type="range"
        min={0}
        max={all.length - 1}
        step={1}
        value={all.indexOf(value)}
        aria-valuetext={wordsOf(value)}
        onChange={({ currentTarget }) => onChoose(all[Number(currentTarget.value)] ?? value)}
      />
    </div>
  );
};

/** A text that is taken when it is whole: by Enter, or by leaving it. What it means is for the caller to say. */
export const Text = ({
  label,
  term,
  value,
  mode,
  onChoose,
}: Labelled & { readonly value: string; readonly mode: "numeric" | "text"; readonly onChoose: (text: string) => void }) => {
  const id = useId();
  return (
    <div class="field">
      <Label id={id} label={label} term={term} />
      <input
        id={id}
        type="text"
        inputMode={mode}
        value={value}
        autocomplete="off"
        onChange={({ currentTarget }) => onChoose(currentTarget.value)}
      />
    </div>
  );
};
