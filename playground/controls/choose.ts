/** A visitor's choice of settings: checked by the rooms' own table before anything is begun with it. */
import * as E from "fp-ts/lib/Either.js";
import { type Choices, playTable } from "#mdr/play/index.js";
import type { Store } from "../store/store.js";

/** Takes the changed settings if they go together; else says what does not, and leaves all as it was. */
export const choose = (store: Pick<Store, "choices" | "complain">, changed: Readonly<Record<string, unknown>>): void => {
  const given = Object.entries({ ...store.choices.value, ...changed }).filter(([, value]) => value !== undefined);
  const parsed = playTable.parse("settings", Object.fromEntries(given));
  if (E.isLeft(parsed)) store.complain(parsed.left);
  else store.choices.value = parsed.right as Choices;
};

/** Numbers with commas or blanks between them; a word that is no number stays, for the table to refuse. */
export const numbersOf = (text: string): readonly unknown[] =>
  text
    .replaceAll("−", "-")
    .split(/[\s,;]+/)
    .filter((word) => word !== "")
    .map((word) => (Number.isFinite(Number(word)) ? Number(word) : word));
