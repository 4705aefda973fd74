// One wire of a run cut or crossed at a time: what a step is given, what it hands to the next, what evaluation sees, which setting arrives.
// Each is asked of the test that should notice, and of the part of it that runs quickly.

const golden = (part) => ["test/golden-run.test.ts", "-t", part];
/** Without residual blocks, and so quick. */
const quick = golden("official, frozen.*(alike|step|ends|numbers)");
const crops = golden("real crops.*(alike|step|ends|numbers)");
const blocks = golden("batch statistics");
const sphere = golden("random negatives");
const resumed = golden("official, frozen.*stopped and saved");
const micro = golden("official, frozen.*micro-batches");
const shared = ["test/constants.test.ts", "-t", "bit for bit|hashes|plan has"];
const chosen = ["test/engines.test.ts", "-t", "auto|by its name"];
const measured = ["test/gpu.test.ts", "-t", "measure says"];
const inTurns = ["test/gpu.test.ts", "-t", "terms a turn"];
const baseline = (part) => ["test/baselines.test.ts", "-t", part];
const scorable = ["test/scorable.test.ts"];
const use = (part) => ["test/use.test.ts", "-t", part];
const listed = ["test/commands.test.ts"];
const weighed = (part) => ["test/beginning.test.ts", "-t", part];
const begun = ["test/starts.test.ts", "-t", "by a path"];
const threads = ["test/crew.test.ts", "-t", "no job is lost"];
const firstHour = (part) => ["test/first-hour.test.ts", "-t", part];

const counting = (part) => ["properties/counting.test.ts", "-t", part];
const information = ["properties/evaluate.test.ts", "-t", "AMI"];
const spread = ["properties/evaluate.test.ts", "-t", "spread"];

const run = "train/run.ts";
const plan = "train/plan.ts";
const recipe = "train/recipe.ts";
const step = "train/step.ts";
const batches = "store/batches.ts";
const sources = "store/sources.ts";

/** A setting of the loss or the regularizer that does not arrive there: its default does. */
const unheard = (choice, name, value) => [
  `${name} ignored`,
  recipe,
  `${choice}].build(settings,`,
  `${choice}].build({ ...settings, ${name}: ${value} },`,
  quick,
];

const given = [
  [
    "labels of the batch shifted by one",
    "pictures/source.ts",
    "labels: drawn.map((index) => labels[index] ?? 0)",
    "labels: drawn.map((_, place) => labels[drawn[(place + 1) % drawn.length] ?? 0] ?? 0)",
    quick,
  ],
  ["the same miner uniforms every step", run, "drawn(split(random, step), draws)", "drawn(random, draws)", quick],
  ["the same crops every step", "pictures/source.ts", 'split(own, "augmentation")', 'split(random, "augmentation")', crops],
  ["the same pictures every step", "pictures/source.ts", 'split(own, "batch")', 'split(random, "batch")', quick],
  ["no augmentation at all", batches, "images(drawn, views.training,", "images(drawn, views.evaluation,", crops],
  ["flips never", "pictures/augment.ts", "flip: true", "flip: false", quick],
  ["flips always", "pictures/batch.ts", "coin < 0.5", "coin < 1", quick],
  ["every picture of a batch cropped and flipped alike", "pictures/batch.ts", "split(random, position)", "random", quick],
  ["the smallest area of a crop ignored", sources, "statistics, minArea),", "statistics),", crops],
  [
    "the sampler always taking a class's same first m images",
    "datasets/sampler.ts",
    "const [drawn, next] = shuffled(images, state);",
    "const [drawn, next] = [images, state];",
    quick,
  ],
  ["the sampler taking classes in their order", "datasets/sampler.ts", "shuffled(classes, random)", "[classes, random]", quick],
  ["the sampler drawing classes of one image", "datasets/sampler.ts", "images.length >= 2", "images.length >= 1", quick],
  ["images of a class in a batch: the setting ignored", "store/opened.ts", "imagesPerClass: fitted.perClass", "imagesPerClass: 4", quick],
  ["the seed ignored in the steps", run, "seeded(plan.seed)", "seeded(1)", quick],
  ["the seed ignored in the first weights", plan, "firstCarried(plan, settings.seed)", "firstCarried(plan, 1)", quick],
];

const scheduled = [
  ["the learning rate never decays", run, "plan.learningRate(epochOf(plan, step)), plan.adam", "plan.learningRate(1), plan.adam", quick],
  [
    "the learning rate told is not the one taken",
    run,
    "learningRate: plan.learningRate(epoch)",
    "learningRate: plan.learningRate(1)",
    quick,
  ],
  ["the schedule a step early", run, "Math.ceil(step / iterations)", "Math.ceil((step + 1) / iterations)", quick],
  ["the schedule an epoch late", run, "Math.ceil(step / iterations)", "Math.floor((step - 1) / iterations)", quick],
  [
    "the decay's epochs ignored",
    "optim/fields.ts",
    "stepSchedule(learningRate, decaySteps, decayFactor)",
    "stepSchedule(learningRate, [4, 5], decayFactor)",
    quick,
  ],
  [
    "the decay's factor ignored",
    "optim/fields.ts",
    "stepSchedule(learningRate, decaySteps, decayFactor)",
    "stepSchedule(learningRate, decaySteps, 0.2)",
    quick,
  ],
  ["Adam's correction a step late", run, "adamScalars(step,", "adamScalars(Math.max(1, step - 1),", quick],
];

const settings = [
  unheard("regularizers[regularizer", "lambda", 0.1),
  unheard("regularizers[regularizer", "nu", 0.01),
  unheard("regularizers[regularizer", "gamma", 0.9),
  unheard("losses[loss", "margin", 0.2),
  unheard("regularizers[regularizer", "levels", "[-3, 0, 3]"),
  ["variant ignored", recipe, "const { variant } = settings;", 'const variant = "paper";', quick],
  [
    "variant ignored by the miner",
    "metric/losses/triplet.ts",
    "miner.mine(k, variant)",
    'miner.mine(k, "paper")',
    ["test/recipes.test.ts"],
  ],
  ["miner ignored", recipe, "miners[settings.miner]", 'miners["distance-weighted"]', sphere],
  ["head ignored", recipe, "head: heads[head]", 'head: heads["mean-distance"]', sphere],
  ["regularizer ignored", recipe, "regularizers[regularizer]", "regularizers.none", quick],
  ["weight decay ignored", plan, "{ ...usualAdam, weightDecay: settings.weightDecay }", "usualAdam", quick],
  [
    "weight decay decoupled",
    step,
    "k.adam(parameter, named(gradients, name), first, second, own, settings.adam)",
    "k.adam(k.affine(parameter, 1 - settings.adam.weightDecay, 0), named(gradients, name), first, second, own, { ...settings.adam, weightDecay: 0 })",
    quick,
  ],
  ["whitening ignored", plan, 'settings.whitening === "on"', "false", use("whitened embeds")],
  ["whitening where it is off", plan, 'settings.whitening === "on"', "true", use("triplet embeds")],
  [
    "frozen statistics whitened by",
    plan,
    'whitening === "on" && batchNorm === "frozen"',
    "false",
    ["test/train.test.ts", "-t", "nothing to whiten by"],
  ],
  ["the stages that are pooled ignored", "nn/backbones/compact.ts", 'pooled === "last"', "true", ["test/backbones.test.ts"]],
  ["the batch-norm setting ignored", plan, "mode: settings.batchNorm", 'mode: "train"', quick],
  ["share of the classes that train ignored", "datasets/shares.ts", "      trainShare,\n", "      0.5,\n", use("triplet is evaluated")],
  [
    "the order of class names ignored",
    "datasets/shares.ts",
    "nameOrders[classOrder]",
    "nameOrders.numbers",
    ["test/data.test.ts", "-t", "in the order of their numbers"],
  ],
  [
    "an old run's classes in the new order",
    "runs/tensorsFile.ts",
    'classOrder: "text"',
    'classOrder: "numbers"',
    ["test/train.test.ts", "-t", "of the first version"],
  ],
  ["a fitted batch not recorded", "cli/train.ts", "{ ...asked, ...pictures.drawn }", "asked", firstHour("classes of 5 pictures")],
  [
    "a batch that was asked for fitted all the same",
    "train/plan.ts",
    "settings[name] === undefined",
    "settings[name] !== null",
    firstHour("asked for"),
  ],
];

const carried = [
  [
    "levels never trained",
    step,
    'prefixed("objective", pulled.parameters)',
    'prefixed("objective", Object.fromEntries(Object.entries(pulled.parameters).map(([name, g]) => [name, k.affine(g, 0, 0)])))',
    quick,
  ],
  [
    "statistics of distances not carried",
    step,
    'prefixed("state.objective", judged.state)',
    'prefixed("state.objective", under("state.objective", before))',
    quick,
  ],
  [
    "statistics of distances begun anew each step",
    "metric/regularizers/mdr.ts",
    "{ ...momentum }",
    "{ ...momentum, seen: before.seen }",
    quick,
  ],
  [
    "running statistics not carried",
    step,
    'prefixed("state.network", forward.state)',
    'prefixed("state.network", under("state.network", before))',
    blocks,
  ],
  ["Adam's first moments not carried", step, '...every("first")', '...prefixed("first", under("first", before))', quick],
  ["Adam's second moments not carried", step, '...every("second")', '...prefixed("second", under("second", before))', quick],
  ["the loss told is the metric's alone", step, "loss: judged.loss", 'loss: named(judged.parts, "metricLoss")', quick],
  [
    "a resumed run counting its steps anew",
    "runs/perform.ts",
    "begun: { carried, step, history }",
    "begun: { carried, step: 0, history }",
    resumed,
  ],
  [
    "a resumed run forgetting its scores",
    "runs/perform.ts",
    "begun: { carried, step, history }",
    "begun: { carried, step, history: [] }",
    resumed,
  ],
  [
    "a resumed run that is silent about another engine",
    "runs/perform.ts",
    "resume === undefined || resume.record.engine === now",
    "true",
    ["test/train.test.ts", "-t", "rounds differently"],
  ],
  [
    "the arithmetic of an engine opened before",
    "engines/wasm/arithmetic.ts",
    "unasked ??= roundsOnce()",
    "unasked = roundsOnce()",
    ["test/engines.test.ts", "-t", "asked for before"],
  ],
  ["a resumed run seeing the first batches again", run, "pictures.train, begun.step + 1,", "pictures.train, 1,", resumed],
  [
    "a resumed run forgetting Adam's moments",
    "runs/perform.ts",
    "begun: { carried, step, history }",
    'begun: { carried: { ...carried, ...Object.fromEntries(Object.entries(carried).filter(([name]) => name.startsWith("second.")).map(([name, { shape, data }]) => [name, { shape, data: data.map(() => 0) }])) }, step, history }',
    resumed,
  ],
  [
    "gradients of the micro-batches not added up",
    "train/split.ts",
    '[name, k.zip("add", named(values, name), gradient)]',
    "[name, k.affine(gradient, 1, 0)]",
    micro,
  ],
];

const evaluated = [
  ["evaluation with batch statistics", "embed/embed.ts", 'network.forward(k, "evaluate")', 'network.forward(k, "train")', blocks],
  ["the L2 method evaluated unnormalised in the loop", run, "head: plan.head", "head: () => (y) => y", sphere],
  [
    "the L2 method evaluated unnormalised by eval",
    "runs/standing.ts",
    "head: evaluationHead(settings)",
    "head: () => (y) => y",
    use("triplet-l2 is evaluated"),
  ],
  [
    "the L2 method embedded unnormalised by embed",
    "runs/standing.ts",
    "head: evaluationHead(settings)",
    "head: () => (y) => y",
    use("triplet-l2 embeds"),
  ],
  ["evaluation on training classes", run, "embedded(pictures.query)", "embedded(pictures.train)", quick],
  ["evaluation on the store's first pictures", batches, "indices.map((index) => pictures[index] ?? -1)", "indices", quick],
  [
    "evaluation on crops",
    sources,
    "const view = evaluationAugmentation(imageSize, statistics);\n  return",
    "const view = { ...evaluationAugmentation(imageSize, statistics), random: { crop: recipeCrop, flip: true } };\n  return",
    crops,
  ],
  [
    "labels of the evaluation shifted by one",
    run,
    "labels: source.labels",
    "labels: source.labels.map((_, index) => source.labels[index + 1] ?? 0)",
    quick,
  ],
  [
    "the best epoch the last of the highest",
    "train/events.ts",
    '(scores["recall@1"] ?? 0) > (history',
    '(scores["recall@1"] ?? 0) >= (history',
    blocks,
  ],
  [
    "the rule for lone queries ignored",
    "runs/perform.ts",
    "{ ranks: shownRanks({ recall }), seed, lone, clusters,",
    "{ ranks: shownRanks({ recall }), seed, clusters,",
    use("leaves queries"),
  ],
  [
    "the untrained network the trained one",
    "cli/scores.ts",
    "E.map((tensors) => ({ ...checkpoint, tensors }))",
    "E.map(() => checkpoint)",
    use("triplet is told beside"),
  ],
  [
    "baselines that look for queries among themselves",
    "baselines/scores.ts",
    "score(queries, others)",
    "score(queries)",
    baseline("gallery"),
  ],
  ["a run begun though no query can be answered", "runs/perform.ts", "TE.fromEither(scorable(pictures, settings))", "TE.Do", scorable],
  [
    "the squares of other pictures",
    batches,
    "store.read(indices.map((index) => pictures[index] ?? -1)),\n});",
    "store.read(indices),\n});",
    baseline("as they are stored"),
  ],
  ["clusters asked for and left out", "runs/perform.ts", "lone, clusters, gallery", "lone, gallery", use("NMI and AMI")],
  [
    "the seed of the clusters ignored",
    "evaluate/evaluate.ts",
    "clusterScores(embeddings, labels, seed)",
    "clusterScores(embeddings, labels)",
    use("NMI and AMI"),
  ],
  [
    "classes called by others' names",
    "cli/eval.ts",
    "classes[Number(row.label)]",
    "classes.toReversed()[Number(row.label)]",
    use("each class"),
  ],
  [
    "the spread of other labels",
    "cli/scores.ts",
    "spreadOf(queries.embeddings, queries.labels)",
    "spreadOf(queries.embeddings, queries.labels.map((label) => label % 2))",
    use("classes spread"),
  ],
  [
    "threads that look for queries among themselves",
    "evaluate/evaluate.ts",
    "countedFound({ embeddings, labels }, gallery,",
    "countedFound({ embeddings, labels }, undefined,",
    counting("enough for threads"),
  ],
  [
    "counters of the round before kept",
    "evaluate/frame.ts",
    "(frame.regions * frame.regionBytes) / 4).fill(0)",
    "0).fill(0)",
    counting("ties and duplicates"),
  ],
  ["the counters of one thread alone added up", "evaluate/frame.ts", "regions: threads,", "regions: 1,", counting("ties and duplicates")],
  [
    "both sides told in rounds of one",
    "evaluate/frame.ts",
    "mutual: same && rounds.length === 1",
    "mutual: same",
    counting("ties and duplicates"),
  ],
  ["empty slots the first of all", "evaluate/frame.ts", ".fill(2 ** 31 - 1)", ".fill(-1)", counting("overflow")],
  ["empty slots at the origin", "evaluate/frame.ts", "into.fill(Number.POSITIVE_INFINITY,", "into.fill(0,", counting("overflow")],
  [
    "the gallery before a block of queries not met",
    "evaluate/counting.ts",
    "layout.mutual ? firstQuery : 0",
    "firstQuery",
    counting("ties and duplicates"),
  ],
  [
    "the last panel of a stretch left out",
    "evaluate/counting.ts",
    "Math.min(first + (index + 1) * step, last)",
    "Math.min(first + (index + 1) * step, last - 1)",
    counting("ties and duplicates"),
  ],
  [
    "results in the order of slots",
    "evaluate/counting.ts",
    "values[row] = of(slot);",
    "values[slot] = of(slot);",
    counting("ties and duplicates"),
  ],
  ["AMI: no dealing by chance taken off", "evaluate/information.ts", "(both.mutual - expected) / room", "both.mutual / room", information],
  ["AMI: the larger entropy", "evaluate/information.ts", "both.entropies / 2 - expected", "both.entropies - expected", information],
  ["AMI: a product of shares for the hypergeometric", "evaluate/information.ts", " - of(total - i - j + n)", "", information],
  ["spread: classes of one counted as tight", "evaluate/spread.ts", "rows.length < 2 ? [] :", "rows.length < 1 ? [] :", spread],
  ["spread: centres not divided by the class's size", "evaluate/spread.ts", "+ value / rows.length", "+ value", spread],
  ["every epoch called the best", run, "best: bestEpochOf(history) === report.epoch", "best: true", quick],
  ["K of Recall@K ignored", "runs/perform.ts", "new Set([1, ...recall])", "new Set([1, 2, 4, 8])", use("triplet is evaluated")],
];

const engines = [
  ["equal constants not shared", "engines/constants.ts", "if (before !== undefined) return before.made;", "", shared],
  [
    "constants told apart by their hash alone",
    "engines/constants.ts",
    "alike.find((other) => sameBits(other.bits, bits))",
    "alike[0]",
    shared,
  ],
  [
    "constants alike by value: -0 for 0",
    "engines/constants.ts",
    "new Int32Array(numbers.buffer, numbers.byteOffset, numbers.length)",
    "Int32Array.from(numbers)",
    shared,
  ],
  [
    "a constant given flat, whatever its shape",
    "engines/gpu/plan.ts",
    "      shape,\n      handle: constantOf",
    "      shape: [numbers.length],\n      handle: constantOf",
    shared,
  ],
  [
    "auto keeps the slower of two engines",
    "engines/choose.ts",
    "candidate.speed > best.speed ? best : candidate",
    "candidate.speed < best.speed ? best : candidate",
    chosen,
  ],
  ["auto leaves what it passed over open", "engines/choose.ts", "await closed(slower.engine);", "", chosen],
  ["the remedy of an engine's fault lost", "engines/choose.ts", '[remedy, "or use {engine} auto"]', '["or use {engine} auto"]', chosen],
  [
    "a program measured without its constants and inputs",
    "engines/gpu/memory.ts",
    "[...given.values()].reduce((total, bytes) => total + bytes, results)",
    "results",
    measured,
  ],
  ["the terms of a turn all at one place", "engines/gpu/contraction.ts", "k * stepP", "stepP", inTurns],
  ["terms that no whole turn takes left out", "engines/gpu/contraction.ts", "length % terms === 0", "length >= terms", inTurns],
];

const program = [
  ["help of a command that was not loaded", "cli/commands.ts", 'first === "help" ? second : first', "first", listed],
  ["a command listed without its options", "cli/commands.ts", 'usage.includes("[options]")', "false", listed],
  [
    "what a file says of its network not heard by import",
    "cli/taken.ts",
    "networkSaid(file, networkSettings)",
    "{}",
    weighed("knows by itself"),
  ],
  [
    "what a file says of its network not heard by train",
    "cli/train.ts",
    "E.chain((base) => settingsFrom(flags, base))",
    "E.chain(() => settingsFrom(flags))",
    weighed("knows by itself"),
  ],
  ["a start by any word", "runs/starts.ts", "Object.hasOwn(starts, named)", "named in starts", begun],
  ["a start that is a path", "runs/beginning.ts", "const path = weightsPlace(named);", "const path = named;", begun],
  [
    "jobs for a thread that does not listen",
    "workers/pool.ts",
    "      });\n    };\n    for (let thread",
    "      });\n      next();\n    };\n    for (let thread",
    threads,
  ],
  ["a command listed by other words than its own", "cli/commands.ts", "here, and why the others do not", "here", listed],
];

/** [what is broken, file under src, its text, what replaces it], and the test that is asked. */
export const wiring = [...given, ...scheduled, ...settings, ...carried, ...evaluated, ...engines, ...program].map(
  ([what, file, text, replacement, test]) => ({
    broken: [what, file, text, replacement],
    test,
  }),
);
