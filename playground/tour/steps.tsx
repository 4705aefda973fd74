/** The tour: six steps from what a triplet is to what levels are for. Each points at a part of the page and brings the page to where that part shows it. */
import type { ComponentChildren } from "preact";
import type { Method } from "#mdr/train/index.js";
import { Term } from "../explain/term.js";

/** One step. */
export interface TourStep {
  readonly title: string;
  /** The part of the page that it points at, as a selector of one element. */
  readonly part: string;
  /** What should run: one method, or all three on one seed. */
  readonly wants: { readonly method: Method; readonly race: boolean };
  /** Whether it sets the run going. */
  readonly plays: boolean;
  readonly says: () => ComponentChildren;
}

const alone = { method: "triplet", race: false } as const;
const beside = { method: "triplet-mdr", race: true } as const;

export const tourSteps: readonly TourStep[] = [
  {
    title: "What is a triplet?",
    part: "#plane",
    wants: alone,
    plays: false,
    says: () => (
      <>
        <p>
          Every dot is a picture, placed where the network puts it: its <Term of="embedding">embedding</Term>. A colour is a class. Nothing
          is learned yet, so the colours lie mixed.
        </p>
        <p>
          Take any three: an <Term of="anchor">anchor</Term>, a <Term of="positive">positive</Term> of the same class and a{" "}
          <Term of="negative">negative</Term> of another. That is a <Term of="triplet">triplet</Term>. The positive should be nearer than
          the negative, by a <Term of="margin">margin</Term>.
        </p>
      </>
    ),
  },
  {
    title: "Learning from triplets",
    part: "#plane",
    wants: alone,
    plays: true,
    says: () => (
      <p>
        Now it trains by the <Term of="L_triplet">triplet loss</Term> alone. At each <Term of="step">step</Term> a{" "}
        <Term of="batch">batch</Term> of pictures is embedded, and the <Term of="arrow">arrows</Term> say where the loss wants each of them
        to go: positives together, negatives apart. The colours begin to gather.
      </p>
    ),
  },
  {
    title: "All distances at once",
    part: "#distances",
    wants: alone,
    plays: true,
    says: () => (
      <p>
        The same batch as <Term of="distance">distances</Term> of pairs, measured in <Term of="sigma*">deviations</Term> from the{" "}
        <Term of="mu*">running mean</Term>: <Term of="d-bar">normalised</Term>. Pairs of one class slide down, the others up. Nothing tells
        them where to stop: a pair that is near enough is drawn nearer still whenever a triplet asks for it.
      </p>
    ),
  },
  {
    title: "Learning by heart",
    part: "#curves",
    wants: alone,
    plays: true,
    says: () => (
      <p>
        <Term of="Recall@1">Recall@1</Term> of the <Term of="seen class">classes it trains on</Term> climbs; that of{" "}
        <Term of="unseen class">classes it never saw</Term> lags behind, and may fall again. The gap is{" "}
        <Term of="overfitting">overfitting</Term>: distances that fit these pictures, and mean less for new ones.
      </p>
    ),
  },
  {
    title: "Give distances levels",
    part: "#distances article:last-of-type",
    wants: beside,
    plays: true,
    says: () => (
      <p>
        Three methods, one <Term of="seed">seed</Term>, the same batches. The last adds <Term of="MDR">MDR</Term>: every distance is drawn
        to its <Term of="nearest level">nearest</Term> of three <Term of="level">levels</Term>, as hard as <Term of="lambda">lambda</Term>{" "}
        says. Drag a level and see which distances change sides. The levels learn too.
      </p>
    ),
  },
  {
    title: "Why levels?",
    part: "#curves",
    wants: beside,
    plays: true,
    says: () => (
      <p>
        A distance that sits on a level cannot be pushed ever nearer or farther, so the network cannot simply learn its classes by heart.
        Compare the recall of unseen classes. One seed is a hint and no proof: try another <Term of="seed">seed</Term>, another{" "}
        <Term of="lambda">lambda</Term>, your own photos. The link in the address says all that you chose.
      </p>
    ),
  },
];
