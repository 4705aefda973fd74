/** What a variable of a MATLAB file is. Elements come in MATLAB's order, columns first. */

export interface Numbers {
  readonly kind: "numbers";
  readonly shape: readonly number[];
  /** Logical values are 0 and 1. */
  readonly values: readonly number[];
}

export interface Text {
  readonly kind: "text";
  readonly shape: readonly number[];
  /** A row of characters each. */
  readonly rows: readonly string[];
}

export interface Cells {
  readonly kind: "cells";
  readonly shape: readonly number[];
  readonly cells: readonly MatValue[];
}

/** An array of structs: of each field, the value that every element has. */
export interface Structs {
  readonly kind: "structs";
  readonly shape: readonly number[];
  readonly fields: ReadonlyMap<string, readonly MatValue[]>;
}

export type MatValue = Numbers | Text | Cells | Structs;

export const kindsInWords: Readonly<Record<MatValue["kind"], string>> = {
  numbers: "numbers",
  text: "text",
  cells: "a cell array",
  structs: "a struct array",
};

/** The one row of a text; undefined for all else. */
export const textIn = (value: MatValue | undefined): string | undefined =>
  value?.kind === "text" && value.rows.length === 1 ? value.rows[0] : undefined;

/** The one number; undefined for all else. */
export const numberIn = (value: MatValue | undefined): number | undefined =>
  value?.kind === "numbers" && value.values.length === 1 ? value.values[0] : undefined;
