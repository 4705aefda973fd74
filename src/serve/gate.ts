/** A gate before work: so many are let through at once, so many more wait for their turn in order, and whoever comes then is sent away. */

/** A place in the gate, from coming to leaving. */
export interface Place {
  /** Once it is its turn. */
  readonly turn: () => Promise<void>;
  /** However its work ended; before its turn as well. Once counts. */
  readonly leave: () => void;
}

export interface Gate {
  /** Undefined where all places are taken. */
  readonly enter: () => Place | undefined;
  /** Work that is being done now. */
  readonly working: () => number;
  /** Places taken, those whose turn has not come with them. */
  readonly taken: () => number;
}

export const gateOf = (concurrent: number, waiting: number): Gate => {
  const queue: { begin: () => void }[] = [];
  let working = 0;
  let taken = 0;
  const next = (): void => {
    while (working < concurrent) {
      const first = queue.shift();
      if (first === undefined) return;
      working += 1;
      first.begin();
    }
  };
  const enter = (): Place | undefined => {
    if (taken >= concurrent + waiting) return undefined;
    taken += 1;
    let stage: "come" | "queued" | "working" | "left" = "come";
    const own = { begin: (): void => {} };
    const begun = new Promise<void>((resolve) => {
      own.begin = () => {
        stage = "working";
        resolve();
      };
    });
    return {
      turn: () => {
        if (stage === "come") {
          stage = "queued";
          queue.push(own);
          next();
        }
        return begun;
      },
      leave: () => {
        if (stage === "left") return;
        if (stage === "working") working -= 1;
        if (stage === "queued") queue.splice(queue.indexOf(own), 1);
        stage = "left";
        taken -= 1;
        next();
      },
    };
  };
  return { enter, working: () => working, taken: () => taken };
};
