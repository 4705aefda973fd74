/** Memory of arrays that nobody uses any more, to be used again: what is fresh costs the system more than the pixels in it do. */

export interface Spares<A> {
  /** One of just this length, where there is one. */
  readonly take: (length: number) => A | undefined;
  readonly give: (array: A) => void;
}

/** Keeps the last `most` that were given. */
export const sparesOf = <A extends ArrayLike<number>>(most: number): Spares<A> => {
  const free: A[] = [];
  return {
    take: (length) => {
      const place = free.findIndex((one) => one.length === length);
      return place < 0 ? undefined : free.splice(place, 1)[0];
    },
    give: (array) => {
      if (free.length === most) free.shift();
      free.push(array);
    },
  };
};
