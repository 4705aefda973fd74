/** What the playground explains: every term says something, is written in MathML that browsers know, and leads to one line of the source. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isValidElement, type VNode } from "preact";
import { describe, expect, test } from "vitest";
import { markOf, sourceAddress } from "../playground/explain/marks.js";
import { mathematics, type Piece, row, sub } from "../playground/explain/mathematics.js";
import { sources } from "../playground/explain/sources.js";
import { termNames, terms } from "../playground/explain/terms.js";

const root = join(import.meta.dirname, "..");

/** An element as text, as its tags would be. */
const written = (piece: Piece): string => {
  if (Array.isArray(piece)) return piece.map(written).join("");
  if (!isValidElement(piece)) return typeof piece === "string" ? piece : "";
  const { type, props } = piece as VNode<{ readonly children?: Piece }>;
  return `<${String(type)}>${written(props.children)}</${String(type)}>`;
};

/** How many pieces each of these takes. */
const sizes: Readonly<Record<string, number>> = { msub: 2, msup: 2, msubsup: 3, mfrac: 2, mover: 2, munder: 2 };

const wrongSizes = (piece: Piece): readonly string[] => {
  if (Array.isArray(piece)) return piece.flatMap(wrongSizes);
  if (!isValidElement(piece)) return [];
  const { type, props } = piece as VNode<{ readonly children?: Piece }>;
  const children = Array.isArray(props.children) ? props.children : props.children === undefined ? [] : [props.children];
  const wanted = sizes[String(type)];
  return [...(wanted === undefined || wanted === children.length ? [] : [written(piece)]), ...children.flatMap(wrongSizes)];
};

describe("terms", () => {
  test.each(termNames)("%s: one line of the source, a whole sentence, sound MathML", (name) => {
    const { file, line } = sources[name];
    const lines = readFileSync(join(root, "src", file), "utf8").split("\n");
    expect(lines.filter((one) => one.includes(line))).toHaveLength(1);
    expect(terms[name].says).toMatch(/[.]$/);
    const { symbol = [], equation = [] } = terms[name];
    expect(wrongSizes(mathematics([...symbol, ...equation]))).toEqual([]);
  });

  test("have marks of their own", () => {
    expect(new Set(termNames.map(markOf)).size).toBe(termNames.length);
    expect(sourceAddress("L_MDR")).toBe(`source/metric/mdr.html#${markOf("L_MDR")}`);
  });
});

test("an equation: letters are names, digits numbers, the rest operators", () => {
  expect(written(mathematics([sub("d", row("i", "j")), "≥", "0"]))).toBe(
    "<math><msub><mi>d</mi><mrow><mi>i</mi><mi>j</mi></mrow></msub><mo>≥</mo><mn>0</mn></math>",
  );
  expect(wrongSizes(sub("d"))).toEqual(["<msub><mi>d</mi></msub>"]);
});
