/** A canvas as sharp as the screen, drawn anew when what it shows, its size or the time of day changes, and at no other time. */
import { useSignalEffect } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { frames, type Painter } from "./frames.js";
import { type Palette, paletteOf } from "./palette.js";

/** What a drawing is given. Lengths are pixels of the style sheet. */
export interface Sheet {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
  readonly palette: Palette;
  /** Milliseconds since the last drawing; infinitely many where nothing should be seen to move. */
  readonly elapsed: number;
}

/** A message to oneself comes after all that belongs to a frame. */
const { port1: told, port2: telling } = new MessageChannel();

const turns = frames(
  (call) => requestAnimationFrame(call),
  (call) => {
    told.onmessage = call;
    telling.postMessage(undefined);
  },
  () => performance.now(),
);

/** Whoever asked their system for less motion sees things where they are. */
const still = matchMedia("(prefers-reduced-motion: reduce)");
const night = matchMedia("(prefers-color-scheme: dark)");

interface Properties {
  /** What is drawn, in words, for those who do not see it. */
  readonly label: string;
  /** Draws; whether something still moves. */
  readonly paint: (sheet: Sheet) => boolean;
  /** Reads every signal that the drawing depends on. */
  readonly watch: () => void;
  readonly class?: string;
  /** What lies over the drawing. */
  readonly children?: ComponentChildren;
}

export const Canvas = ({ label, paint, watch, class: name = "", children }: Properties) => {
  const canvas = useRef<HTMLCanvasElement>(null);
  const latest = useRef(paint);
  latest.current = paint;
  const painter = useMemo(() => {
    let palette: Palette | undefined;
    // As the observer tells it: to ask the canvas would have the page laid out anew in every frame.
    let [width, height] = [0, 0];
    let drawnAt = Number.NEGATIVE_INFINITY;
    let moving = false;
    const draw: Painter = (now) => {
      const element = canvas.current;
      const context = element?.getContext("2d") ?? null;
      if (element === null || context === null || width === 0) return false;
      const density = Math.min(2, devicePixelRatio);
      if (element.width !== Math.round(width * density) || element.height !== Math.round(height * density)) {
        element.width = Math.round(width * density);
        element.height = Math.round(height * density);
      }
      if (palette === undefined) {
        const style = getComputedStyle(element);
        palette = paletteOf((variable) => style.getPropertyValue(variable).trim());
      }
      context.setTransform(density, 0, 0, density, 0, 0);
      context.clearRect(0, 0, width, height);
      // The first frame of a movement has no time behind it but a frame's.
      const elapsed = still.matches ? Number.POSITIVE_INFINITY : moving ? Math.min(100, now - drawnAt) : 16;
      drawnAt = now;
      moving = latest.current({ context, width, height, palette, elapsed });
      return moving;
    };
    const repaint = (): void => {
      palette = undefined;
      turns.ask(draw);
    };
    const resize = (size: DOMRectReadOnly | undefined): void => {
      [width, height] = [size?.width ?? 0, size?.height ?? 0];
      repaint();
    };
    return { draw, repaint, resize };
  }, []);
  useSignalEffect(() => {
    watch();
    turns.ask(painter.draw);
  });
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver((entries) => painter.resize(entries.at(-1)?.contentRect));
    observer.observe(element);
    night.addEventListener("change", painter.repaint);
    return () => {
      observer.disconnect();
      night.removeEventListener("change", painter.repaint);
      turns.leave(painter.draw);
    };
  }, []);
  return (
    <div class={`sheet ${name}`}>
      <canvas ref={canvas} role="img" aria-label={label} />
      {children}
    </div>
  );
};
