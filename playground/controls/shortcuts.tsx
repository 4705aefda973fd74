/** Keys for what is done often. They can be turned off, and do nothing while somebody types or holds a control. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Store } from "../store/store.js";
import { useStore } from "../store/use.js";

interface Shortcut {
  readonly key: string;
  readonly does: string;
  readonly act: (store: Store) => void;
}

/** By key. */
const shortcuts: readonly Shortcut[] = [
  {
    key: "k",
    does: "train or pause",
    act: ({ standing, play, pause }) =>
      standing.value.state === "playing" ? pause() : standing.value.state === "paused" ? play() : undefined,
  },
  { key: ".", does: "one step", act: ({ standing, step }) => (standing.value.state === "paused" ? step() : undefined) },
  { key: "j", does: "back a tenth of the way", act: ({ standing, rewind }) => rewind(Math.floor(standing.value.step * 0.9)) },
  { key: "0", does: "reset", act: ({ begin }) => begin() },
  {
    key: "r",
    does: "race the three methods, or stop racing",
    act: ({ race }) => {
      race.value = !race.value;
    },
  },
];

/** What takes keys itself. */
const takesKeys =
  "input:not([type=radio], [type=checkbox], [type=button]), select, textarea, [role=slider], [role=listbox], [contenteditable]";

/** Whether a key was meant for the page and not for what has the focus. */
const isForPage = (event: Pick<KeyboardEvent, "ctrlKey" | "metaKey" | "altKey" | "target">): boolean =>
  !(event.ctrlKey || event.metaKey || event.altKey) && !(event.target instanceof Element && event.target.closest(takesKeys) !== null);

export const Shortcuts = () => {
  const store = useStore();
  const on = useSignal(true);
  useEffect(() => {
    const act = (event: KeyboardEvent): void => {
      const found = shortcuts.find(({ key }) => key === event.key);
      if (!on.value || found === undefined || !isForPage(event)) return;
      event.preventDefault();
      found.act(store);
    };
    addEventListener("keydown", act);
    return () => removeEventListener("keydown", act);
  }, [store]);
  return (
    <details class="shortcuts">
      <summary>Keys</summary>
      <dl>
        {shortcuts.map(({ key, does }) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <label class="check">
        <input type="checkbox" checked={on.value} onChange={({ currentTarget }) => (on.value = currentTarget.checked)} /> these keys work
      </label>
    </details>
  );
};
