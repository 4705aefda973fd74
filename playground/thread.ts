/** Questions to a thread beside the page, each with its own answer. */

interface Asked<Q> {
  readonly id: number;
  readonly question: Q;
}

interface Answered<A> {
  readonly id: number;
  readonly answer: A;
}

/** In the thread: answers whatever is asked. What it throws ends in `lost` on the other side. */
export const answering = <Q, A>(answer: (question: Q) => A | Promise<A>): void =>
  addEventListener("message", ({ data: { id, question } }: MessageEvent<Asked<Q>>) => {
    void Promise.resolve(answer(question)).then((found) => postMessage({ id, answer: found } satisfies Answered<A>));
  });

/** In the page: a thread that begins with the first question, and anew with the next one after it was lost. @param lost what all that wait are told then */
export const asking = <Q, A>(start: () => Worker, lost: () => A): ((question: Q) => Promise<A>) => {
  let thread: Worker | undefined;
  let next = 0;
  const waiting = new Map<number, (answer: A) => void>();
  const started = (): Worker => {
    if (thread !== undefined) return thread;
    const own = start();
    own.addEventListener("message", ({ data: { id, answer } }: MessageEvent<Answered<A>>) => {
      waiting.get(id)?.(answer);
      waiting.delete(id);
    });
    own.addEventListener("error", () => {
      own.terminate();
      thread = undefined;
      const told = lost();
      for (const tell of waiting.values()) tell(told);
      waiting.clear();
    });
    thread = own;
    return own;
  };
  return (question) =>
    new Promise((resolve) => {
      const id = next++;
      waiting.set(id, resolve);
      started().postMessage({ id, question } satisfies Asked<Q>);
    });
};
