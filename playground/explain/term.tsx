/** A word or symbol that explains itself: by pointing, by focus or by a tap, and Escape closes. What it opens lies above the whole page. */
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { sourceAddress } from "./marks.js";
import { mathematics } from "./mathematics.js";
import { sources } from "./sources.js";
import { type TermName, terms } from "./terms.js";

/** What a term's popover says: its name, what it means, its equation, where that is from, and the line that computes it. */
const Explained = ({ of }: { readonly of: TermName }) => {
  const { name, symbol, says, equation, from } = terms[of];
  return (
    <>
      <span class="explained-name">
        {name}
        {symbol !== undefined && <> {mathematics(symbol)}</>}
      </span>
      <span class="explained-says">{says}</span>
      {equation !== undefined && <span class="explained-equation">{mathematics(equation, true)}</span>}
      {from !== undefined && <span class="explained-from">{from}</span>}
      <a class="explained-source" href={sourceAddress(of)} target="_blank" rel="noopener">
        the line that computes it: src/{sources[of].file}
      </a>
    </>
  );
};

/** Time to move the pointer from the word to what it opened, in milliseconds. */
const grace = 250;
const gap = 6;

/** Below the word, or above it where there is no room; always inside the window. */
const place = (word: DOMRect, box: DOMRect): { readonly left: number; readonly top: number } => {
  const { clientWidth, clientHeight } = document.documentElement;
  const below = word.bottom + gap;
  const top = below + box.height <= clientHeight ? below : Math.max(gap, word.top - gap - box.height);
  return { left: Math.max(gap, Math.min(word.left, clientWidth - box.width - gap)), top };
};

/** What the opening was for: a tap or a key keeps it open, a pointer that goes away closes it again. */
type Opened = "no" | "pointed" | "kept";

/** The word `of`, as `children` or as its symbol or name. Not to be put into a label or a summary, for it is a button itself. */
export const Term = ({ of, children }: { readonly of: TermName; readonly children?: ComponentChildren }) => {
  const id = useId();
  const word = useRef<HTMLButtonElement>(null);
  const box = useRef<HTMLSpanElement>(null);
  const leaving = useRef<ReturnType<typeof setTimeout>>(undefined);
  const [opened, open] = useState<Opened>("no");
  const isOpen = opened !== "no";

  useEffect(() => {
    const [from, shown] = [word.current, box.current];
    if (!isOpen || from === null || shown === null) return undefined;
    shown.showPopover();
    const { left, top } = place(from.getBoundingClientRect(), shown.getBoundingClientRect());
    shown.style.left = `${left}px`;
    shown.style.top = `${top}px`;
    const close = () => open("no");
    // Fixed on the screen: where the page moves below it, it would stand beside another word.
    addEventListener("scroll", close, { passive: true, once: true });
    addEventListener("resize", close, { once: true });
    return () => {
      removeEventListener("scroll", close);
      removeEventListener("resize", close);
      if (shown.matches(":popover-open")) shown.hidePopover();
    };
  }, [isOpen]);
  useEffect(() => () => clearTimeout(leaving.current), []);

  const point = ({ pointerType }: PointerEvent) => {
    clearTimeout(leaving.current);
    if (pointerType === "mouse") open((now) => (now === "no" ? "pointed" : now));
  };
  const leave = () => {
    clearTimeout(leaving.current);
    leaving.current = setTimeout(() => open((now) => (now === "pointed" ? "no" : now)), grace);
  };
  const blur = ({ currentTarget, relatedTarget }: FocusEvent) => {
    if (!(currentTarget instanceof Node && relatedTarget instanceof Node && currentTarget.contains(relatedTarget))) open("no");
  };
  const { symbol, name } = terms[of];
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button within is what keys and taps reach; pointing is beside it
    <span
      class="term"
      onPointerEnter={point}
      onPointerLeave={leave}
      onFocusOut={blur}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !isOpen) return;
        event.stopPropagation();
        open("no");
      }}
    >
      <button
        type="button"
        ref={word}
        class="term-word"
        aria-expanded={isOpen}
        aria-controls={id}
        aria-describedby={isOpen ? id : undefined}
        onFocus={() => {
          if (word.current?.matches(":focus-visible")) open("kept");
        }}
        onClick={() => open((now) => (now === "kept" ? "no" : "kept"))}
      >
        {children ?? (symbol === undefined ? name : mathematics(symbol))}
        {children === undefined && symbol !== undefined && <span class="term-spoken">, {name}</span>}
      </button>
      <span id={id} ref={box} class="explained" popover="manual" role="note">
        {isOpen && <Explained of={of} />}
      </span>
    </span>
  );
};
