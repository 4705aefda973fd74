/** Pictures that a visitor brought, and the classes into which they are sorted: values, and what can be done with them. */

import type { Picture } from "#mdr/pictures/browser.js";
import type { Data, GivenPicture } from "#mdr/play/index.js";

/** A picture of the visitor's; without a label it waits to be sorted. */
export interface Photo {
  readonly id: number;
  readonly name: string;
  readonly label: string | undefined;
  readonly picture: Picture;
}

/** What was brought. Classes may be empty while somebody sorts. */
export interface Sorting {
  readonly classes: readonly string[];
  readonly photos: readonly Photo[];
  readonly next: number;
}

/** As many pictures are taken: each is kept in memory, at most `largestSide` pixels on its longer side. */
export const mostPhotos = 1000;

/** Pixels of the longer side of what is kept of a picture. */
export const largestSide = 128;

export const nothingSorted: Sorting = { classes: [], photos: [], next: 0 };

/** In the order in which people count: 2 before 10. */
const inOrder = new Intl.Collator("en", { numeric: true }).compare;

const withClasses = (classes: readonly string[], names: readonly (string | undefined)[]): readonly string[] =>
  [...new Set([...classes, ...names.filter((name) => name !== undefined)])].sort(inOrder);

/** With further pictures, as many as there is room for. */
export const added = (sorting: Sorting, photos: readonly Omit<Photo, "id">[]): Sorting => {
  const taken = photos.slice(0, Math.max(0, mostPhotos - sorting.photos.length));
  return {
    classes: withClasses(
      sorting.classes,
      taken.map(({ label }) => label),
    ),
    photos: [...sorting.photos, ...taken.map((photo, index) => ({ ...photo, id: sorting.next + index }))],
    next: sorting.next + taken.length,
  };
};

/** With a class more; a name of blanks, and one that is there, changes nothing. */
export const withClass = (sorting: Sorting, name: string): Sorting =>
  name.trim() === "" ? sorting : { ...sorting, classes: withClasses(sorting.classes, [name.trim()]) };

/** These pictures in that class, or in none. */
export const moved = (sorting: Sorting, ids: ReadonlySet<number>, label: string | undefined): Sorting => ({
  ...sorting,
  classes: withClasses(sorting.classes, [label]),
  photos: sorting.photos.map((photo) => (ids.has(photo.id) ? { ...photo, label } : photo)),
});

/** Without these pictures. */
export const without = (sorting: Sorting, ids: ReadonlySet<number>): Sorting => ({
  ...sorting,
  photos: sorting.photos.filter(({ id }) => !ids.has(id)),
});

/** Without a class; its pictures wait to be sorted again. */
export const withoutClass = (sorting: Sorting, name: string): Sorting => ({
  ...sorting,
  classes: sorting.classes.filter((one) => one !== name),
  photos: sorting.photos.map((photo) => (photo.label === name ? { ...photo, label: undefined } : photo)),
});

/** What can be trained on: the pictures that have a class. */
export const givenOf = ({ photos }: Sorting): Data & { readonly kind: "given" } => ({
  kind: "given",
  pictures: photos.flatMap(({ name, label, picture }): readonly GivenPicture[] => (label === undefined ? [] : [{ name, label, picture }])),
});

/** How many classes have two pictures or more: with fewer than four there is nothing to train on and to be tested by. */
export const usableClasses = ({ photos }: Sorting): number => {
  const counts = new Map<string, number>();
  for (const { label } of photos) if (label !== undefined) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts.values()].filter((count) => count >= 2).length;
};
