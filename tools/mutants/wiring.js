// One wire of a run cut or crossed at a time: what a step is given, what it hands to the next, what evaluation sees, which setting arrives.
// Each is asked of the test that should notice, and of the part of it that runs quickly.

const run = (part) => ["test/golden-run.test.ts", "-t", part];
const blocks = run("batch statistics");
const plain = run("official, frozen");
const sphere = run("random negatives");
const crops = run("real crops");
const resumed = ["test/train.test.ts", "-t", "goes on after an interruption"];
const use = (part) => ["test/use.test.ts", "-t", part];

const loop = "train/loop.ts";
const model = "train/model.ts";
const step = "train/step.ts";
const pictures = "store/pictures.ts";

const given = [
  [
    "labels of the batch shifted by one",
    loop,
    "indices.map((index) => run.train.labels[index] ?? 0)",
    "indices.map((_, place) => run.train.labels[indices[(place + 1) % indices.length] ?? 0] ?? 0)",
    plain,
  ],
  ["the same miner uniforms every step", loop, 'split(own, "miner")', 'split(random, "miner")', plain],
  ["the same crops every step", loop, 'split(own, "augmentation")', 'split(random, "augmentation")', crops],
  ["the same pictures every step", loop, 'split(own, "batch")', 'split(random, "batch")', plain],
  ["no augmentation at all", loop, 'run.train.augmented(indices, split(own, "augmentation"))', "run.train.plain(indices)", crops],
  ["flips never", pictures, "flip: true", "flip: false", plain],
  ["flips always", "pictures/batch.ts", "coin < 0.5", "coin < 1", plain],
  ["every picture of a batch cropped and flipped alike", "pictures/batch.ts", "split(random, position)", "random", plain],
  ["the smallest area of a crop ignored", pictures, "area: [settings.minArea, 1] as const", "area: recipeCrop.area", crops],
  [
    "the sampler always taking a class's same first m images",
    "datasets/sampler.ts",
    "const [drawn, next] = shuffled(images, state);",
    "const [drawn, next] = [images, state];",
    plain,
  ],
  ["the sampler taking classes in their order", "datasets/sampler.ts", "shuffled(classes, random)", "[classes, random]", plain],
  ["the sampler drawing classes of one image", "datasets/sampler.ts", "images.length >= 2", "images.length >= 1", plain],
  ["images of a class in a batch: the setting ignored", pictures, "imagesPerClass: settings.perClass", "imagesPerClass: 4", plain],
  ["the seed ignored in the steps", loop, "seeded(settings.seed)", "seeded(1)", plain],
  [
    "the seed ignored in the first weights",
    model,
    "initialise(network.parameters, settings.seed)",
    "initialise(network.parameters, 1)",
    plain,
  ],
];

const scheduled = [
  [
    "the learning rate never decays",
    loop,
    "learningRateAt(settings, Math.ceil(number / settings.iterations))",
    "learningRateAt(settings, 1)",
    plain,
  ],
  ["the schedule a step early", loop, "Math.ceil(number / settings.iterations)", "Math.ceil((number + 1) / settings.iterations)", plain],
  ["the schedule an epoch late", loop, "Math.ceil(number / settings.iterations)", "Math.floor((number - 1) / settings.iterations)", plain],
  [
    "the decay's factor ignored",
    model,
    "stepSchedule(learningRate, decaySteps, decayFactor)",
    "stepSchedule(learningRate, decaySteps, 0.2)",
    plain,
  ],
  ["Adam's correction a step late", loop, "adamScalars(number,", "adamScalars(Math.max(1, number - 1),", plain],
];

const settings = [
  ["lambda ignored", model, "lambda: settings.lambda", "lambda: 0.1", plain],
  ["nu ignored", model, "nu: settings.nu", "nu: 0.01", plain],
  ["gamma ignored", model, "gamma: settings.gamma", "gamma: 0.9", plain],
  ["margin ignored", model, "margin: settings.margin", "margin: 0.2", plain],
  ["variant ignored", model, "variant: settings.variant", 'variant: "paper"', plain],
  ["miner ignored", model, "miner: settings.miner", 'miner: "distance-weighted"', sphere],
  ["the first levels ignored", model, "vector(settings.levels)", "vector([-3, 0, 3])", plain],
  ["weight decay ignored", model, "weightDecay: settings.weightDecay", "weightDecay: 1e-5", plain],
  ["the batch-norm setting ignored", model, "mode: settings.batchNorm", 'mode: "train"', plain],
  ["share of the classes that train ignored", pictures, "fraction: settings.trainShare", "fraction: 0.5", use("triplet is evaluated")],
];

const carried = [
  ["levels never trained", step, 'name !== levelsName || settings.objective.method === "triplet-mdr"', "name !== levelsName", plain],
  [
    "statistics of distances not carried",
    step,
    '"momentum.mean": goal.momentum.mean',
    '"momentum.mean": named(before, "momentum.mean")',
    plain,
  ],
  [
    "statistics of distances begun anew each step",
    step,
    '"momentum.seen": goal.momentum.seen',
    '"momentum.seen": named(before, "momentum.seen")',
    plain,
  ],
  [
    "weight decay not for the levels",
    step,
    "first, second, scalars, settings.adam)",
    "first, second, scalars, { ...settings.adam, weightDecay: name === levelsName ? 0 : settings.adam.weightDecay })",
    plain,
  ],
  ["the loss told is the metric's alone", step, "[goal.loss, goal.metricLoss", "[goal.metricLoss, goal.metricLoss", plain],
  ["running statistics not carried", step, 'prefixed("state", forward.state)', 'prefixed("state", under("state", before))', blocks],
  [
    "Adam's first moments not carried",
    step,
    "updated.map(([name, { first }]) => [name, first])",
    "updated.map(([name]) => [name, before[['first', name].join('.')]])",
    plain,
  ],
  ["a resumed run counting its steps anew", loop, "let done = run.resume?.record.step ?? 0", "let done = 0", resumed],
  ["a resumed run forgetting its best epoch", loop, "run.resume?.record.history ?? []", "[]", resumed],
];

const evaluated = [
  ["evaluation with batch statistics", "embed/embed.ts", 'network.forward(k, "evaluate")', 'network.forward(k, "train")', blocks],
  ["the L2 method evaluated unnormalised in the loop", loop, 'normalised: settings.method === "triplet-l2"', "normalised: false", sphere],
  [
    "the L2 method evaluated unnormalised by eval",
    "cli/session.ts",
    'normalised: settings.method === "triplet-l2"',
    "normalised: false",
    use("triplet-l2 is evaluated"),
  ],
  [
    "the L2 method embedded unnormalised by embed",
    "cli/session.ts",
    'normalised: settings.method === "triplet-l2"',
    "normalised: false",
    use("triplet-l2 embeds"),
  ],
  ["evaluation on training classes", loop, "run.test.plain(range", "run.train.plain(range", plain],
  ["evaluation on the folder's first pictures", pictures, "wanted.map((index) => indices[index] ?? 0)", "wanted", plain],
  [
    "evaluation on crops",
    pictures,
    "batch(dataset, own(wanted), evaluation, unused)",
    "batch(dataset, own(wanted), training, unused)",
    crops,
  ],
  [
    "labels of the evaluation shifted by one",
    loop,
    "run.score(embedded.right, run.test.labels)",
    "run.score(embedded.right, run.test.labels.map((_, i) => run.test.labels[i + 1] ?? 0))",
    plain,
  ],
  ["the best epoch the last of the highest", loop, '(scores["recall@1"] ?? 0) > (history', '(scores["recall@1"] ?? 0) >= (history', plain],
  [
    "K of Recall@K ignored by the commands",
    "cli/session.ts",
    "new Set([1, ...settings.recall])",
    "new Set([1, 2, 4, 8])",
    use("triplet-mdr is evaluated"),
  ],
];

/** [what is broken, file under src, its text, what replaces it], and the test that is asked. */
export const wiring = [...given, ...scheduled, ...settings, ...carried, ...evaluated].map(([what, file, text, replacement, test]) => ({
  broken: [what, file, text, replacement],
  test,
}));
