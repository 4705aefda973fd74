/** The tour's card: what this step says, beside the part of the page that it speaks of. Arrow keys go on and back, Escape closes it. */
import type { Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { useStore } from "../store/use.js";
import { tourSteps } from "./steps.js";

/** The button that opens it. */
export const TourButton = ({ at }: { readonly at: Signal<number | undefined> }) => (
  <button
    type="button"
    id="tour-button"
    aria-pressed={at.value !== undefined}
    onClick={() => {
      at.value = at.value === undefined ? 1 : undefined;
    }}
  >
    Tour
  </button>
);

/** Marks a part of the page while the step points at it, and brings it into view. */
const pointAt = (selector: string): (() => void) => {
  const part = document.querySelector(selector);
  part?.classList.add("tour-part");
  part?.scrollIntoView({ block: "start" });
  return () => part?.classList.remove("tour-part");
};

const Card = ({ at, number }: { readonly at: Signal<number | undefined>; readonly number: number }) => {
  const title = useRef<HTMLHeadingElement>(null);
  const step = tourSteps[number - 1];
  const racers = useStore().racers.value;
  // Once more where other racers stand there: a part of the page may be theirs.
  useEffect(() => (step === undefined ? undefined : pointAt(step.part)), [step, racers.length]);
  useEffect(() => title.current?.focus({ preventScroll: true }), [step]);
  useEffect(() => {
    document.documentElement.classList.add("touring");
    return () => document.documentElement.classList.remove("touring");
  }, []);
  if (step === undefined) return null;
  const go = (to: number) => {
    if (to >= 1 && to <= tourSteps.length) at.value = to;
  };
  const close = () => {
    at.value = undefined;
    document.getElementById("tour-button")?.focus();
  };
  return (
    <section
      class="tour"
      aria-labelledby="tour-title"
      onKeyDown={({ key }) => {
        if (key === "Escape") close();
        if (key === "ArrowRight") go(number + 1);
        if (key === "ArrowLeft") go(number - 1);
      }}
    >
      <p class="tour-place">
        Tour, step {number} of {tourSteps.length}
      </p>
      <h2 id="tour-title" tabIndex={-1} ref={title}>
        {step.title}
      </h2>
      <div class="tour-says">{step.says()}</div>
      <p class="tour-ways">
        <button type="button" disabled={number === 1} onClick={() => go(number - 1)}>
          Back
        </button>
        {number < tourSteps.length ? (
          <button type="button" class="primary" onClick={() => go(number + 1)}>
            Next
          </button>
        ) : (
          <button type="button" class="primary" onClick={close}>
            Done
          </button>
        )}
        <button type="button" class="tour-close" aria-label="Close the tour" onClick={close}>
          Close
        </button>
      </p>
    </section>
  );
};

/** The card of the step that is open, if one is. */
export const Tour = ({ at }: { readonly at: Signal<number | undefined> }) =>
  at.value === undefined ? null : <Card at={at} number={at.value} key="tour" />;
