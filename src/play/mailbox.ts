/** Messages that wait for their reader. */

/** A queue of messages. */
export interface Mailbox<A> {
  readonly post: (message: A) => void;
  /** The next message, when there is one. One reader at a time. */
  readonly take: () => Promise<A>;
  /** The next message if it is there already. */
  readonly poll: () => A | undefined;
}

export const mailbox = <A>(): Mailbox<A> => {
  const waiting: A[] = [];
  let reader: ((message: A) => void) | undefined;
  return {
    post: (message) => {
      if (reader === undefined) {
        waiting.push(message);
        return;
      }
      const give = reader;
      reader = undefined;
      give(message);
    },
    take: () => {
      const [first] = waiting;
      if (waiting.length > 0) {
        waiting.shift();
        return Promise.resolve(first as A);
      }
      return new Promise((resolve) => {
        reader = resolve;
      });
    },
    poll: () => waiting.shift(),
  };
};
