/** A canvas as sharp as the screen, drawn anew when what it shows, its size or the time of day changes, and out of sight when nothing changes any more. */
import { useSignalEffect } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { useTools } from "../store/use.js";
import type { Easel, Stand } from "./easel.js";
import { type Frames, frames, type Painter } from "./frames.js";
import { type Palette, paletteOf } from "./palette.js";
import type { Pen } from "./pen.js";

/** What a drawing is given. Lengths are pixels of the style sheet. */
export interface Sheet {
  readonly pen: Pen;
  readonly width: number;
  readonly height: number;
  readonly palette: Palette;
  /** Milliseconds since the last drawing; infinitely many where nothing should be seen to move. */
  readonly elapsed: number;
}

/** The page's frames, for drawings that are made on `easel`. */
export const pageFrames = (easel: Easel): Frames => {
  // A message to oneself comes after all that belongs to a frame.
  const { port1: told, port2: telling } = new MessageChannel();
  return frames(
    (call) => requestAnimationFrame(call),
    (call) => {
      told.onmessage = () => easel.made(call);
      telling.postMessage(undefined);
    },
    (call, milliseconds) => setTimeout(call, milliseconds),
    () => performance.now(),
  );
};

/** Whoever asked their system for less motion sees things where they are. */
const still = matchMedia("(prefers-reduced-motion: reduce)");
const night = matchMedia("(prefers-color-scheme: dark)");

/** What is this near to the window is drawn too: it is seen as soon as somebody scrolls. */
const nearby = "100px";

/** Milliseconds after the last change, longer than an epoch is scored, that what is out of sight is drawn: on paper too a page shows how things stand. */
const calm = 2000;

interface Properties {
  /** What is drawn, in words, for those who do not see it. */
  readonly label: string;
  /** Makes ready what is new to the drawing. True: that took its time, and the drawing has the next frame. */
  readonly ready?: () => boolean;
  /** Draws; whether something still moves. */
  readonly paint: (sheet: Sheet) => boolean;
  /** Reads every signal that the drawing depends on. */
  readonly watch: () => void;
  readonly class?: string;
  /** What lies over the drawing. */
  readonly children?: ComponentChildren;
}

export const Canvas = ({ label, ready, paint, watch, class: name = "", children }: Properties) => {
  const { easel, turns } = useTools();
  const canvas = useRef<HTMLCanvasElement>(null);
  const latest = useRef({ ready, paint });
  latest.current = { ready, paint };
  const painter = useMemo(() => {
    let palette: Palette | undefined;
    // As the observer tells it: to ask the canvas would have the page laid out anew in every frame.
    let [width, height] = [0, 0];
    let drawnAt = Number.NEGATIVE_INFINITY;
    let moving = false;
    let inSight = false;
    let readied = false;
    let stand: Stand | undefined;
    const draw: Painter = (now) => {
      const element = canvas.current;
      if (element === null || stand === undefined || width === 0) return false;
      // Not twice in a row: what is new comes again and again while a network trains.
      readied = !readied && latest.current.ready?.() === true;
      if (readied) return true;
      if (palette === undefined) {
        const style = getComputedStyle(element);
        palette = paletteOf((variable) => style.getPropertyValue(variable).trim());
      }
      const colours = palette;
      // The first frame of a movement has no time behind it but a frame's.
      const elapsed = still.matches ? Number.POSITIVE_INFINITY : moving ? Math.min(100, now - drawnAt) : 16;
      drawnAt = now;
      const size = { width, height, density: Math.min(2, devicePixelRatio) };
      moving = stand.draw(size, (pen) => latest.current.paint({ pen, width, height, palette: colours, elapsed }));
      return moving;
    };
    let late: ReturnType<typeof setTimeout> | undefined;
    const ask = (): void => {
      clearTimeout(late);
      if (inSight) turns.ask(draw);
      else late = setTimeout(() => turns.ask(draw), calm);
    };
    const look = (now: boolean): void => {
      inSight = now;
      turns.leave(draw);
      ask();
    };
    const repaint = (): void => {
      palette = undefined;
      ask();
    };
    const resize = (size: DOMRectReadOnly | undefined): void => {
      [width, height] = [size?.width ?? 0, size?.height ?? 0];
      repaint();
    };
    const stands = (on: HTMLCanvasElement) => {
      stand = easel.stand(on);
    };
    const leave = (): void => {
      clearTimeout(late);
      turns.leave(draw);
      stand?.leave();
    };
    return { ask, look, leave, repaint, resize, stands };
  }, []);
  useSignalEffect(() => {
    watch();
    painter.ask();
  });
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return undefined;
    painter.stands(element);
    const observer = new ResizeObserver((entries) => painter.resize(entries.at(-1)?.contentRect));
    observer.observe(element);
    const sight = new IntersectionObserver((entries) => painter.look(entries.at(-1)?.isIntersecting === true), { rootMargin: nearby });
    sight.observe(element);
    night.addEventListener("change", painter.repaint);
    return () => {
      observer.disconnect();
      sight.disconnect();
      night.removeEventListener("change", painter.repaint);
      painter.leave();
    };
  }, []);
  return (
    <div class={`sheet ${name}`}>
      <canvas ref={canvas} role="img" aria-label={label} />
      {children}
    </div>
  );
};
