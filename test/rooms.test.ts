/** The drawings of the house are those of its imports, and a room is drawn where its imports put it. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { extensions } from "../tools/extensions.js";
import { drawings, placed, roomsOf, sources } from "../tools/rooms.js";

const root = join(import.meta.dirname, "..");

describe("what is drawn of src", () => {
  for (const { path, mark, text } of drawings(roomsOf(sources()))) {
    it(`${path}: ${mark} is up to date`, () => {
      const page = readFileSync(join(root, path), "utf8");
      expect(placed(page, mark, text) === page, "run `npm run rooms`").toBe(true);
    });
  }

  it("names every room's subject, and has no arrow up", () => {
    const rooms = roomsOf(sources());
    const floorOf = new Map(rooms.map(({ room, floor }) => [room, floor]));
    for (const { room, subject, floor, knows } of rooms) {
      expect(subject, room).not.toBe("");
      expect(knows.filter((other) => (floorOf.get(other) ?? floor) >= floor)).toEqual([]);
    }
  });
});

describe("what the pages name is there", () => {
  const toys = extensions.flatMap(({ file, golden }) => [file, ...(golden === undefined ? [] : [golden])]);
  // docs/mutations.md is the record of a run of its own.
  const pages = ["README.md", ...readdirSync(join(root, "docs")).map((name) => `docs/${name}`)].filter(
    (path) => path.endsWith(".md") && path !== "docs/mutations.md",
  );
  for (const page of pages) {
    it(page, () => {
      const text = readFileSync(join(root, page), "utf8");
      const linked = [...text.matchAll(/\]\(([^)#\s:]+)(?:#[^)]*)?\)/g)].map(([, path = ""]) => join(dirname(page), path));
      const named = [...text.matchAll(/`((?:src|test|tools|docs|golden|properties|bench)\/[\w./-]+)`/g)].map(([, path = ""]) => path);
      expect([...linked, ...named].filter((path) => !existsSync(join(root, path)) && !toys.includes(path))).toEqual([]);
    });
  }
});

describe("a small house", () => {
  const rooms = roomsOf({
    "a/index.ts": "/** The ground: nothing\n * below. More words. */\n",
    "b/index.ts": '/** The middle. */\nimport "../a/index.js";\n',
    "c/main.ts": '/** The top */\nimport type { A } from "../a/index.js";\nconst late = () => import("../b/index.js");\n',
  });

  it("stands by its imports: late ones and types too, and each stands on the nearest alone", () => {
    expect(rooms.map(({ room, floor }) => [room, floor])).toEqual([
      ["c", 2],
      ["b", 1],
      ["a", 0],
    ]);
    expect(rooms[0]).toMatchObject({ door: "c/main.ts", subject: "The top", knows: ["a", "b"], standsOn: ["b"] });
    expect(rooms[2]?.subject).toBe("The ground: nothing below.");
  });

  it("a page without marks cannot be drawn on", () => {
    expect(() => placed("nothing", "rooms", "x")).toThrow(/marks/);
  });
});
