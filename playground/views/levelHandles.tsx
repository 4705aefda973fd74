/** The levels as handles over the drawing: dragged by mouse or finger, moved by keys. What is dragged is a what-if; the run goes on by its own levels. */
import type { ReadonlySignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { shown } from "../draw/scale.js";
import type { Racer } from "../store/store.js";
import { changedLevels, levelsOf } from "../store/whatIf.js";
import { margin } from "./distancesPaint.js";

const keySteps: Readonly<Record<string, number>> = {
  ArrowLeft: -0.1,
  ArrowDown: -0.1,
  ArrowRight: 0.1,
  ArrowUp: 0.1,
  PageDown: -1,
  PageUp: 1,
};

interface Properties {
  readonly racer: Racer;
  /** Half of the axis. */
  readonly reach: ReadonlySignal<number>;
}

/** Puts a level where a visitor wants it, within the axis. */
const moveLevel = ({ whatIf }: Racer, index: number, level: number, reach: number): void => {
  const within = Math.min(reach, Math.max(-reach, Math.round(level * 100) / 100));
  whatIf.value = { ...whatIf.value, levels: { ...whatIf.value.levels, [index]: within } };
};

/** Lets one level go back to the run's own. */
const letGo = ({ whatIf }: Racer, index: number): void => {
  const { [index]: _gone, ...levels } = whatIf.value.levels;
  whatIf.value = { ...whatIf.value, levels };
};

export const LevelHandles = ({ racer, reach }: Properties) => {
  const track = useRef<HTMLDivElement>(null);
  const moment = racer.shown.value;
  if (moment === undefined || levelsOf(moment).length === 0) return null;
  const levels = changedLevels(moment, racer.whatIf.value);
  const valueAt = (clientX: number): number => {
    const box = track.current?.getBoundingClientRect();
    return box === undefined || box.width === 0 ? 0 : ((clientX - box.left) / box.width - 0.5) * 2 * reach.value;
  };
  return (
    <div class="handles" ref={track} style={{ left: `${margin.side}px`, right: `${margin.side}px`, height: `${margin.top}px` }}>
      {levels.map((level, index) => {
        const held = racer.whatIf.value.levels[index] !== undefined;
        const share = Math.min(1, Math.max(0, 0.5 + level / (2 * reach.value)));
        return (
          <div
            key={index}
            class={`handle${held ? " held" : ""}`}
            style={{ left: `${100 * share}%`, "--own": `var(--l${index % 6})` }}
            role="slider"
            tabIndex={0}
            aria-label={`level ${index + 1} of ${racer.title}, what if it were elsewhere`}
            aria-valuemin={-reach.value}
            aria-valuemax={reach.value}
            aria-valuenow={level}
            aria-valuetext={`${shown(level)} deviations${held ? ", moved by you" : ""}`}
            title="Drag, or press arrow keys, to see what the pulls would be; Escape lets go"
            onPointerDown={(event) => {
              event.currentTarget.setPointerCapture(event.pointerId);
              event.currentTarget.focus();
            }}
            onPointerMove={(event) => {
              if (event.currentTarget.hasPointerCapture(event.pointerId)) moveLevel(racer, index, valueAt(event.clientX), reach.value);
            }}
            onDblClick={() => letGo(racer, index)}
            onKeyDown={(event) => {
              const step = keySteps[event.key];
              if (event.key === "Escape" && held) letGo(racer, index);
              else if (step !== undefined) moveLevel(racer, index, level + step, reach.value);
              else return;
              event.preventDefault();
              event.stopPropagation();
            }}
          >
            <span class="handle-name">
              s<sub>{index + 1}</sub>
            </span>
            <span class="handle-value">{level.toFixed(level <= -9.95 ? 1 : 2).replace("-", "−")}</span>
          </div>
        );
      })}
    </div>
  );
};
