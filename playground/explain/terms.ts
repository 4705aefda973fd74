/**
 * Every symbol and word of the page: what it is called, what it means in a sentence or two, its equation, and what it is from. The line of
 * the source that computes it is in `sources.ts`.
 */
import { bar, bars, both, fraction, type Piece, parens, root, row, sub, sum, sup, tallParens, words } from "./mathematics.js";

/** What there is to say of a word. */
export interface Explanation {
  readonly name: string;
  /** How it is written in equations and beside controls; its name where it has no symbol. */
  readonly symbol?: readonly Piece[];
  readonly says: string;
  readonly equation?: readonly Piece[];
  /** Where it comes from, if not from general use. */
  readonly from?: string;
}

const paper = "Kim and Park, AAAI 2021";
const regularizer = `${paper}: the regularizer`;
const objective = `${paper}: the objective`;
const unnormalised = `${paper}: learning without L2 normalisation`;

const ij = row("i", "j");
const [d, e] = [sub("d", ij), (index: Piece) => sub("e", index)];
const normalised = sub(bar("d"), ij);
const [mean, deviation] = [sup("μ", "*"), sup("σ", "*")];
const nearest = sub("s", row("a", parens("i", "j")));
const pairs = sum("i", "≠", "j");
const overPairs = [fraction("1", row("N", parens("N", "−", "1"))), pairs] as const;
const between = (one: Piece, other: Piece) => bars(e(one), "−", e(other));
const [lossMdr, lossMetric] = [sub("L", words("MDR")), sub("L", words("metric"))];
const momentum = (running: Piece, now: Piece): readonly Piece[] => [running, "←", "γ", running, "+", parens("1", "−", "γ"), now];

const ofTheBatch = {
  embedding: {
    name: "embedding",
    symbol: [e("i")],
    says: "The numbers that the network makes of a picture: a point in a space of D dimensions. Pictures of one class should lie near each other there.",
    equation: [e("i"), "=", "f", parens(sub("x", "i")), "∈", sup("ℝ", "D")],
  },
  "embedding size": {
    name: "embedding size",
    symbol: ["D"],
    says: "How many numbers an embedding has. With 2 the plane shows the space as it is; with more, the two directions in which it spreads most.",
  },
  network: {
    name: "network",
    symbol: ["f"],
    says: "A small residual network: convolutions, then the mean over all pixels, then one linear layer. Training changes its weights and nothing else of it.",
  },
  distance: {
    name: "distance",
    symbol: [d],
    says: "How far apart the embeddings of two pictures lie: the length of their difference.",
    equation: [d, "=", between("i", "j")],
    from: regularizer,
  },
  anchor: {
    name: "anchor",
    symbol: ["a"],
    says: "The picture of a triplet that the other two are compared with.",
  },
  positive: {
    name: "positive",
    symbol: ["p"],
    says: "Another picture of the anchor's class. Two pictures of one class are a positive pair; it should be near.",
  },
  negative: {
    name: "negative",
    symbol: ["n"],
    says: "A picture of another class. Two pictures of different classes are a negative pair; it should be far.",
  },
  triplet: {
    name: "triplet",
    symbol: [parens("a", ",", "p", ",", "n")],
    says: "Three pictures: an anchor, a positive of its class, a negative of another. The positive should be nearer to the anchor than the negative is.",
    equation: [between("a", "p"), "+", "m", "≤", between("a", "n")],
  },
  batch: {
    name: "batch",
    symbol: ["N"],
    says: "The pictures of one step: classes in random order, a few pictures of each, until there are N.",
  },
  step: {
    name: "step",
    says: "One batch: embed it, measure the objective, pull its gradient back through the network, and move every weight a little against it.",
  },
  epoch: {
    name: "epoch",
    says: "A fixed number of steps. After each the network is judged on classes that it never saw.",
  },
  "seen class": {
    name: "seen class",
    says: "A class whose pictures train the network. A network can know these by heart.",
  },
  "unseen class": {
    name: "unseen class",
    says: "A class of which no picture ever trains: the other half. How well its pictures find each other is what counts.",
  },
} as const satisfies Readonly<Record<string, Explanation>>;

const ofTheLoss = {
  loss: {
    name: "loss",
    symbol: [lossMetric],
    says: "What is wrong with the distances of a batch, as one number. Each loss asks it in its own way; all want positives near and negatives far.",
  },
  L_triplet: {
    name: "triplet loss",
    symbol: [sub("L", words("triplet"))],
    says: "Nothing where the negative is farther than the positive by the margin; otherwise by how much it is not. The mean over the triplets of the batch.",
    equation: ["max", parens("0", ",", between("a", "p"), "−", between("a", "n"), "+", "m")],
    from: `${paper}; plain distances, not squared ones`,
  },
  margin: {
    name: "margin",
    symbol: ["m"],
    says: "By how much a negative must be farther than a positive before the triplet loss is content. 0.2, in units of the mean distance.",
    equation: ["m", "=", "0.2"],
    from: paper,
  },
  head: {
    name: "head",
    says: "What is done to the embeddings before they are judged: divided by the batch's mean distance, brought to length 1, or left as they are.",
  },
  "mean-distance head": {
    name: "mean-distance head",
    says: "Divides a batch by the mean of its distances, so that the mean distance is 1 and a margin always means the same. Lengths stay free. In training only.",
    equation: [e("i"), "←", fraction(e("i"), row(...overPairs, sub("d", ij)))],
    from: unnormalised,
  },
  "L2 head": {
    name: "L2 head",
    says: "Brings every embedding to length 1: onto a circle, a sphere. The baseline that MDR is compared with.",
    equation: [e("i"), "←", fraction(e("i"), bars(e("i")))],
    from: unnormalised,
  },
  miner: {
    name: "miner",
    says: "Chooses which triplets of a batch are judged: for each anchor and positive, which negative. No gradient flows through the choice.",
  },
  "distance-weighted sampling": {
    name: "distance-weighted sampling",
    says: "Draws a negative so that near, middling and far ones come up equally often: rare distances get more weight. Without it most negatives are far and teach nothing.",
    equation: [
      row("log", "w", parens("d")),
      "=",
      parens("2", "−", "D"),
      row("log", "d"),
      "−",
      fraction(row("D", "−", "3"), "2"),
      row("log", tallParens("1", "−", fraction(sup("d", "2"), "4"))),
    ],
    from: "Wu et al., ICCV 2017; the paper's training details",
  },
  overfitting: {
    name: "overfitting",
    says: "The network knows the classes it trains on by heart and gets no better, or worse, at others: the recall of seen classes rises and that of unseen ones does not.",
  },
} as const satisfies Readonly<Record<string, Explanation>>;

const ofLevels = {
  regularizer: {
    name: "regularizer",
    says: "What is added to the loss so that the network learns something of wider use than the training classes.",
  },
  MDR: {
    name: "Multi-level Distance Regularization",
    symbol: [words("MDR")],
    says: "Draws every distance of a batch to the nearest of a few levels. Distances that sit on levels cannot be pushed ever nearer or farther, and so the network does not learn its training classes by heart.",
    from: paper,
  },
  mu: {
    name: "mean distance",
    symbol: ["μ"],
    says: "The mean of all distances of a batch. A constant for the gradient.",
    equation: ["μ", "=", ...overPairs, d],
    from: regularizer,
  },
  sigma: {
    name: "deviation of the distances",
    symbol: ["σ"],
    says: "How widely the distances of a batch spread about their mean. A constant for the gradient.",
    equation: ["σ", "=", root(...overPairs, sup(parens(d, "−", "μ"), "2"))],
    from: regularizer,
  },
  "mu*": {
    name: "running mean",
    symbol: [mean],
    says: "The mean distance, smoothed over the steps. The first batch begins it.",
    equation: momentum(mean, "μ"),
    from: regularizer,
  },
  "sigma*": {
    name: "running deviation",
    symbol: [deviation],
    says: "The deviation of the distances, smoothed over the steps. The first batch begins it.",
    equation: momentum(deviation, "σ"),
    from: regularizer,
  },
  gamma: {
    name: "momentum",
    symbol: ["γ"],
    says: "How much of the running mean and deviation stays at each step: 0.9, so a batch counts for a tenth.",
    equation: ["γ", "=", "0.9"],
    from: regularizer,
  },
  "d-bar": {
    name: "normalised distance",
    symbol: [normalised],
    says: "A distance in deviations from the mean: 0 is an ordinary distance, −3 a very small one, +3 a very large one.",
    equation: [normalised, "=", fraction(row(d, "−", mean), deviation)],
    from: regularizer,
  },
  level: {
    name: "level",
    symbol: [sub("s", "k")],
    says: "A normalised distance that others are drawn to. There are three at first, −3, 0 and 3, and they learn: the gradient moves them too.",
    equation: [parens(sub("s", "1"), ",", sub("s", "2"), ",", sub("s", "3")), "=", parens("−3", ",", "0", ",", "3")],
    from: regularizer,
  },
  "nearest level": {
    name: "nearest level",
    symbol: [nearest],
    says: "The level that a distance belongs to. Of two as near, the lower one. So the line of distances is cut into intervals, one a level.",
    equation: ["a", parens("i", ",", "j"), "=", sub(words("argmin"), "k"), bars(normalised, "−", sub("s", "k"))],
    from: regularizer,
  },
  L_MDR: {
    name: "the regularizer's loss",
    symbol: [lossMdr],
    says: "How far the normalised distances lie from their nearest levels, in the mean over all pairs of the batch.",
    equation: [lossMdr, "=", ...overPairs, bars(normalised, "−", nearest)],
    from: regularizer,
  },
  lambda: {
    name: "weight of the regularizer",
    symbol: ["λ"],
    says: "How much the levels count beside the loss. 0 is training without them; too much, and nothing else is learned.",
    equation: ["λ", "≥", "0"],
    from: `${objective}; the paper takes 0.1 to 0.6`,
  },
  nu: {
    name: "level decay",
    symbol: ["ν"],
    says: "Draws the levels a little towards 0, so that they cannot run away: 0.01 times the sum of their squares.",
    equation: ["ν", sum("k"), both("s", "k", "2")],
    from: objective,
  },
  L: {
    name: "objective",
    symbol: ["L"],
    says: "What training makes small: the loss, plus the regularizer's by its weight, plus the decay of the levels.",
    equation: ["L", "=", lossMetric, "+", "λ", lossMdr, "+", "ν", sum("k"), both("s", "k", "2")],
    from: objective,
  },
  pull: {
    name: "pull",
    symbol: [fraction(row("∂", "L"), row("∂", d))],
    says: "Where the objective wants a distance to go: the gradient's sign says nearer or farther, its size how strongly. MDR pulls every distance equally, up or down to its level.",
    equation: [
      fraction(row("∂", lossMdr), row("∂", d)),
      "=",
      fraction(row("sign", parens(normalised, "−", nearest)), row("N", parens("N", "−", "1"), deviation)),
    ],
    from: regularizer,
  },
  arrow: {
    name: "arrow",
    symbol: ["−", fraction(row("∂", "L"), row("∂", e("i")))],
    says: "Where the objective wants an embedding to go: the sum of the pulls along the lines to all others.",
    equation: [
      fraction(row("∂", "L"), row("∂", e("i"))),
      "=",
      sum("j"),
      tallParens(fraction(row("∂", "L"), row("∂", d)), "+", fraction(row("∂", "L"), row("∂", sub("d", row("j", "i"))))),
      fraction(row(e("i"), "−", e("j")), d),
    ],
  },
} as const satisfies Readonly<Record<string, Explanation>>;

const ofTheRun = {
  "Recall@1": {
    name: "Recall@1",
    says: "The share of pictures whose nearest other picture is of their own class. Over classes that never trained, it says whether the distances mean anything for new things.",
    equation: [fraction(row(words("pictures whose nearest is of their class")), words("pictures"))],
  },
  "MAP@R": {
    name: "MAP@R",
    says: "Like Recall@1, but over as many neighbours as a picture has of its class, R: how many of them are right, the first ones counting most.",
    equation: [fraction("1", "R"), sum("i", "≤", "R", ",", words("right")), words("precision@"), "i"],
    from: "Musgrave et al., ECCV 2020",
  },
  "learning rate": {
    name: "learning rate",
    symbol: ["η"],
    says: "How far the weights move at a step. Too small and little happens, too large and the loss jumps about.",
  },
  seed: {
    name: "seed",
    says: "The number that all chance comes from: first weights, batches, negatives. The same seed gives the same run; three methods on one seed see the same batches.",
  },
  engine: {
    name: "engine",
    says: "What does the arithmetic: the graphics card by WebGPU, the processor by WebAssembly in one or several threads, or plain loops. The formulas are the same.",
  },
  variant: {
    name: "variant",
    says: "“Paper” follows the text; “official” follows the authors' published code number for number where the two differ.",
  },
  collapse: {
    name: "collapse",
    says: "All embeddings fall onto one point, and no distance means anything. The mean distance shows it: it goes to 0.",
  },
} as const satisfies Readonly<Record<string, Explanation>>;

const all = { ...ofTheBatch, ...ofTheLoss, ...ofLevels, ...ofTheRun };

/** The name of a term. */
export type TermName = keyof typeof all;

/** Every term, by its name. */
export const terms: Readonly<Record<TermName, Explanation>> = all;

/** In the order in which they build on each other. */
export const termNames = Object.keys(all) as readonly TermName[];
