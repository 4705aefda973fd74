// One thing at a time that would make a distance mean something else, a copy go unseen or a right label suspicious.

const thresholds = "evaluate/thresholds.ts";
const pairs = "evaluate/pairs.ts";
const suspects = "evaluate/suspects.ts";
const gathered = "evaluate/gathered.ts";
const look = "pictures/perceptual.ts";
const alike = "pictures/alike.ts";
const kept = "runs/thresholds.ts";
const similar = "cli/similar.ts";
const of = (part) => ["properties/meaning.test.ts", "-t", part];
const told = (part) => ["test/meaning.test.ts", "-t", part];

const lists = "are those of sorted lists";
const compared = "are those of comparing each two";

/** [what is broken, file under src, its text, what replaces it], and the test that is asked. */
export const meaning = [
  ["a share rounded as a product", thresholds, "(near + 1) / pairs <= rate", "(near + 1) / pairs < 0", of("exact where its product")],
  ["a bin too many before the wanted one", thresholds, "below + at(counts, bin) <= rank", "below + at(counts, bin) < rank", of(lists)],
  ["the least of a bin is not looked for", thresholds, "distance < at(least, bin)", "distance < 0", of(lists)],
  ["the greatest of a bin is not looked for", thresholds, "distance > at(greatest, bin)", "at(greatest, bin) < 0", of(lists)],
  ["ties with the threshold counted as nearer", thresholds, "own.held.indexOf(distance)", "own.held.lastIndexOf(distance)", of(lists)],
  [
    "as far as the threshold is a match",
    thresholds,
    "distance < (found[index]?.distance ?? 0)",
    "distance <= (found[index]?.distance ?? 0)",
    of(lists),
  ],
  ["ranks without those below the stretch", thresholds, "(ranks[index] ?? 0) - own.below", "ranks[index] ?? 0", of(lists)],
  ["one stretch for all rates", thresholds, "narrowed(tally, ranks[index] ?? 0)", "narrowed(tally, ranks[0] ?? 0)", of(lists)],
  ["a tenth false pair too few", thresholds, "rate * different < fewest", "rate * different <= fewest", of("too few pairs say")],
  ["pairs of one class among those of different ones", pairs, "if (at(own, start + place) !== label)", "if (label >= 0)", of(lists)],
  ["pairs twice", pairs, "Math.min(inBlock, other - start)", "inBlock", of(lists)],
  [
    "pairs of one class twice",
    pairs,
    "if (gallery === undefined && other <= row)",
    "if (gallery === undefined && other === row)",
    of(lists),
  ],
  [
    "neighbours all alike",
    suspects,
    "distance === nearest ? 1 : nearest / distance",
    "distance < 0 ? 0 : 1",
    of("inverse of their distance"),
  ],
  ["small classes asked for more than they have", suspects, "Math.min(most, matches)", "most", of("no more neighbours than others")],
  ["the least suspicious first", suspects, "b.suspicion - a.suspicion", "a.suspicion - b.suspicion", of("labels were exchanged")],
  ["the weakest label suggested", suspects, "b - a)", "a - b)", of("inverse of their distance")],
  ["as far as the limit is gathered", gathered, "!(distance < under)", "!(distance <= under)", of("rows gathered")],
  ["a row in two groups", gathered, "taken[row] = 1;", "taken[row] = 0;", of("rows gathered")],
  ["pictures of one grey have a look", look, "if (deviation < leastDeviation)", "if (deviation < 0)", of("almost nothing to be seen")],
  ["a column of frequencies read as a row", look, "spectrum[v * highest + u]", "spectrum[u * highest]", of("another's in about half")],
  ["a part's bits too few", alike, "most; bits++", "most - 1; bits++", of(compared)],
  ["masks of one bit alone", alike, "[mask | bit]", "[bit]", of(compared)],
  ["a radius of one bit less", alike, "differ(index, other) <= radius", "differ(index, other) < radius", of(compared)],
  [
    "three of four parts looked up",
    alike,
    "for (const { own, starts, order } of shelves)",
    "for (const { own, starts, order } of shelves.slice(1))",
    of(compared),
  ],
  ["equal looks lost", alike, "group.flatMap((one) => equal[one] ?? [])", "group.map((one) => equal[one]?.[0] ?? 0)", of(compared)],
  [
    "thresholds of the best epoch forgotten",
    "runs/recorder.ts",
    "calibratedAt([last, best]",
    "calibratedAt([last]",
    told("found at the end"),
  ],
  ["the best epoch's are the last one's", "runs/recorder.ts", "if (event.best) best = last;", "best = last;", told("found at the end")],
  ["thresholds of another epoch taken", kept, "all.find((one) => one.step === step)", "all[0]", told("within the run's threshold")],
  ["thresholds of another run kept", kept, "found.right.run === run", "found.right.run !== null", told("whole classes")],
  [
    "thresholds of a step twice",
    kept,
    "calibrated.every((one) => one.step !== step)",
    "calibrated.length > 0",
    told("old runs|whole classes"),
  ],
  [
    "a gallery of classes that were not chosen",
    kept,
    "classes.has(label) ? [row] : []",
    "classes.size > 0 ? [row] : []",
    told("whole classes"),
  ],
  ["other data give thresholds", "cli/eval.ts", "if (pictures.foreign)", "if (pictures.query.count < 0)", told("other data")],
  ["what is as far is within", similar, "distance < limit.distance", "distance <= limit.distance", told("within the run's threshold")],
  [
    "what is asked for leaves nothing away",
    similar,
    "!only || within === true",
    "!only || within !== undefined",
    told("within the run's threshold"),
  ],
  [
    "exact copies are near copies too",
    "cli/duplicates.ts",
    "byBytes.flatMap(([first]) => first ?? [])",
    "byBytes.flat()",
    told("keeps exact copies"),
  ],
  ["near copies are similar too", "cli/duplicates.ts", "!copies.has(file)", 'file !== ""', told("keeps exact copies")],
  ["a copy of the photo shown as news", similar, "!== asked", "!== ''", told("and takes another rate or a distance")],
  [
    "a run and a folder in one order only",
    "cli/order.ts",
    "isRun(folder) && !isRun(run)",
    "false",
    told("lists pictures under the wrong label"),
  ],
  [
    "a network's own settings not told",
    "runs/beginning.ts",
    "other ?? fault",
    "fault",
    ["test/beginning.test.ts", "-t", "refuses a folder that another run has"],
  ],
].map(([what, file, text, replacement, test]) => ({ broken: [what, file, text, replacement], test }));
