// One thing at a time that would let a visitor see another run than the one that trains, or not find the way back to it.

const judged = "play/judged.ts";
const pairs = "play/judgement.ts";
const pictures = "play/pictures.ts";
const plane = "play/plane.ts";
const query = "play/query.ts";
const race = "play/race.ts";
const racer = "play/racer.ts";
const served = "play/serve.ts";
const sources = "play/sources.ts";
const trail = "play/trail.ts";
const seen = (part) => ["test/play.test.ts", "-t", part];
const run = (part) => ["test/play-session.test.ts", "-t", part];
const address = seen("choices as an address");
const pull = seen("pull as the objective changes");
const arrows = seen("point down the objective");
const levels = seen("are normalised by mu");
const dragged = seen("change level when a level is dragged");
const turned = seen("turns to where points lay");
const stands = run("stands at its beginning");
const again = run("goes the same way again");
const three = run("of three is three races alone");
const lost = run("is told of, and the race goes on");
const cannot = run("is named, with what to do");
const found = run("are found again");
const kept = run("what is kept");

/** [what is broken, file under src, its text, what replaces it], and the test that is asked. */
export const play = [
  ["a pair pulled at one of its two places", pairs, "pull(there) + pull(back)", "pull(there)", pull],
  ["the loss's pull left out of the whole", pairs, ": metricPull + regularizer,", ": regularizer,", pull],
  ["the batch's own mean where mu* is", pairs, "own === undefined\n", "own !== undefined\n", levels],
  ["arrows that point up the objective", judged, ".embeddings, -1, 0)", ".embeddings, 1, 0)", arrows],
  ["a dragged level that stays", judged, "levels === undefined ||", "true ||", dragged],
  ["a dragged point that stays", judged, "embeddings: embeddings ?? probe.embeddings", "embeddings: probe.embeddings", dragged],
  ["a plane that is never mirrored", plane, "if (turned >= mirrored)", "if (turned > 0)", seen("the plane")],
  ["a plane turned the other way", plane, "      [-s, c],", "      [s, c],", turned],
  ["the second direction along the first", plane, "first, -dot(row, first)", "first, 0", seen("shows the two directions")],
  ["a point dragged across the plane", plane, "combined(axes[0], x - nowX", "combined(axes[0], x", seen("takes a point back")],
  ["a choice left out of the address", query, "value === undefined ||", 'value === undefined || name === "lambda" ||', address],
  ["a name that comes twice", query, "names.indexOf(name) < position", "position < 0", address],
  ["a moment without its recall", racer, "return { ...before, recall, history", "return { ...before, history", stands],
  ["an epoch's recall at the step after it", racer, "report, recall: undefined, snapshot", "report, snapshot", stands],
  ["put back to first values", racer, "{ carried: from.carried, step:", "{ carried: firstValues(settings, plan), step:", again],
  ["put back with the epochs unknown", racer, "history: from.history }", "history: [] }", again],
  [
    "a seed of one for all draws of pictures",
    sources,
    "images(drawn, view, random, spare)",
    "images(drawn, view, unused, spare)",
    ["test/play-session.test.ts", "-t", "trains on other crops"],
  ],
  [
    "racers that share a network",
    race,
    "openRacer(engine, own, pictures, begun)",
    "openRacer(engine, choices[0] ?? own, pictures, begun)",
    three,
  ],
  ["back to the first snapshot", race, "keptAt(trail, to)", "keptAt(trail, 0)", again],
  [
    "on from the beginning after a lost device",
    served,
    "openRace(other, racers, pictures, trail)",
    "openRace(other, racers, pictures)",
    lost,
  ],
  ["a lost device that pauses the race", served, "playing = goesOn;", "playing = false;", lost],
  ["racers on different pictures", served, "racer[name] !== first[name]", "racer[name] === undefined", cannot],
  ["a moment at every step", served, "host.now() >= nextLook", "host.now() >= 0", run("no oftener than its clock")],
  ["classes in the order given", pictures, "byNumbers(a?.label", "-byNumbers(a?.label", found],
  ["classes on both sides", pictures, "count < sizes.length", "count > 0", cannot],
  [
    "searched among raw embeddings",
    race,
    "[asEvaluated(own.choices, query), asEvaluated(own.choices, gallery)]",
    "[query, gallery]",
    found,
  ],
  ["all that goes by kept", served, "!passing || from >= nextKept", "true", kept],
  ["where it rests not kept", served, "!passing || from >= nextKept", "from >= nextKept", kept],
  ["nothing kept on the way", served, "nextKept = from + 1000 / looks.keptPerSecond", "nextKept = Infinity", kept],
  ["snapshots without a bound", trail, "all.length <= most ? all", "all.length >= 0 ? all", kept],
  ["the newest snapshots gone first", trail, "< gapAround(found)", ">= gapAround(found)", kept],
].map(([what, file, text, replacement, test]) => ({ broken: [what, file, text, replacement], test }));
