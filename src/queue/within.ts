/** Patience with a server that may be away. */

/** What a promise gives in time; undefined where it fails or takes longer. */
export const within = <A>(promise: Promise<A>, milliseconds: number): Promise<A | undefined> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, milliseconds, undefined);
  });
  return Promise.race([promise.catch(() => undefined), late]).finally(() => clearTimeout(timer));
};
