/**
 * What moves on a page: the slider over the epochs, and the map's pictures under the pointer, by arrow keys and by lasso. It is one
 * function that knows nothing of this package, and goes into the page as its own text. Without it the page shows the last epoch and the map.
 */

const moving = (): void => {
  const all = <A extends Element>(within: ParentNode, selector: string): A[] => [...within.querySelectorAll<A>(selector)];

  for (const figure of all<HTMLElement>(document, "[data-states]")) {
    const states = all<SVGGElement>(figure, ".state");
    const slider = figure.querySelector<HTMLInputElement>("input");
    const words = figure.querySelector("output");
    const texts = JSON.parse(figure.dataset.states ?? "[]") as string[];
    slider?.addEventListener("input", () => {
      const chosen = Number(slider.value);
      for (const [index, state] of states.entries()) state.classList.toggle("on", index === chosen);
      slider.setAttribute("aria-valuetext", texts[chosen] ?? "");
      figure.querySelector("svg")?.setAttribute("aria-label", texts[chosen] ?? "");
      if (words !== null) words.textContent = texts[chosen] ?? "";
    });
  }

  for (const atlas of all<HTMLElement>(document, ".atlas")) {
    const map = atlas.querySelector<SVGSVGElement>(".map");
    const shown = atlas.querySelector(".now-shown");
    const picked = atlas.querySelector(".picked");
    const count = atlas.querySelector(".count");
    const loop = atlas.querySelector(".loop");
    const dots = all<SVGGraphicsElement>(atlas, ".dot");
    const boxes = all<HTMLInputElement>(atlas, "fieldset input");
    if (map === null || shown === null || picked === null || count === null || loop === null) continue;
    let now = -1;
    const told = (dot: SVGGraphicsElement): string => `${dot.dataset.class ?? ""}: ${dot.dataset.file ?? ""}`;
    const show = (index: number): void => {
      const dot = dots[index];
      if (dot === undefined) return;
      dots[now]?.classList.remove("now");
      now = index;
      dot.classList.add("now");
      const words = document.createElement("p");
      words.textContent = told(dot);
      shown.replaceChildren(words);
      if (dot.dataset.thumb === undefined) return;
      const picture = document.createElementNS(map.namespaceURI, "svg");
      const use = document.createElementNS(map.namespaceURI, "use");
      picture.setAttribute("viewBox", "0 0 48 48");
      picture.setAttribute("aria-hidden", "true");
      use.setAttribute("href", `#${dot.dataset.thumb}`);
      picture.append(use);
      shown.prepend(picture);
    };
    const mark = (chosen: readonly SVGGraphicsElement[]): void => {
      const set = new Set(chosen);
      for (const dot of dots) dot.classList.toggle("marked", set.has(dot));
      map.classList.toggle("dim", chosen.length > 0);
      count.textContent = chosen.length === 0 ? "No picture is marked." : `${chosen.length} pictures are marked.`;
      picked.replaceChildren(
        ...chosen.map((dot) => {
          const item = document.createElement("li");
          item.textContent = told(dot);
          return item;
        }),
      );
    };
    for (const [index, dot] of dots.entries()) dot.addEventListener("pointerenter", () => show(index));
    map.addEventListener("keydown", (event) => {
      const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (by === undefined) return;
      event.preventDefault();
      show((now + by + dots.length) % dots.length);
    });
    const marked = (): void => {
      const classes = new Set(boxes.filter(({ checked }) => checked).map(({ value }) => value));
      mark(dots.filter((dot) => classes.has(dot.dataset.class ?? "")));
    };
    for (const box of boxes) box.addEventListener("change", marked);
    atlas.querySelector("button")?.addEventListener("click", () => {
      for (const box of boxes) box.checked = false;
      mark([]);
    });

    let path: [number, number][] | undefined;
    const placeOf = ({ clientX, clientY }: PointerEvent): [number, number] => {
      const { left, top, width } = map.getBoundingClientRect();
      const scale = map.viewBox.baseVal.width / width;
      return [(clientX - left) * scale, (clientY - top) * scale];
    };
    /** Whether an odd number of the loop's sides lies to the right of a place. */
    const inside = (x: number, y: number, sides: readonly (readonly [number, number])[]): boolean =>
      sides.filter(([ax, ay], index) => {
        const [bx, by] = sides[(index + 1) % sides.length] ?? [ax, ay];
        return ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax;
      }).length %
        2 ===
      1;
    map.addEventListener("pointerdown", (event) => {
      path = [placeOf(event)];
      map.setPointerCapture(event.pointerId);
    });
    map.addEventListener("pointermove", (event) => {
      if (path === undefined) return;
      path.push(placeOf(event));
      loop.setAttribute("points", path.join(" "));
    });
    map.addEventListener("pointerup", () => {
      const sides = path ?? [];
      path = undefined;
      loop.setAttribute("points", "");
      if (sides.length < 3) return;
      for (const box of boxes) box.checked = false;
      mark(dots.filter((dot) => inside(Number(dot.dataset.x), Number(dot.dataset.y), sides)));
    });
  }
};

/** As it stands in a page. */
export const pageScript = `"use strict";(${String(moving)})();`;
