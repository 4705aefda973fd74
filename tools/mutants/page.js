// One thing at a time that would have the playground's page remember, show or ask for something wrong. Files are seen from src/, as in the other lists.

const asked = (part) => ["test/playground-page.test.ts", "-t", part];
const history = "../playground/store/history.ts";
const store = "../playground/store/store.ts";
const whatIf = "../playground/store/whatIf.ts";
const scale = "../playground/draw/scale.ts";
const motion = "../playground/draw/motion.ts";
const frames = "../playground/draw/frames.ts";
const pace = "../playground/draw/pace.ts";
const strokes = "../playground/draw/strokes.ts";
const easel = "../playground/draw/easel.ts";
const paper = "../playground/draw/paper.ts";
const drawings = (part) => ["test/playground-drawings.test.ts", "-t", part];
const lens = "../playground/views/lens.ts";
const thread = "../playground/thread.ts";
const map = "../playground/views/map.ts";
const near = "../playground/views/near.ts";
const strip = "../playground/views/strip.ts";
const series = "../playground/views/series.ts";
const sorting = "../playground/data/sorting.ts";
const folder = "../playground/data/folder.ts";
const bring = "../playground/data/bring.ts";
const choose = "../playground/controls/choose.ts";

/** [what is broken, file seen from src, its text, what replaces it], and the test that is asked. */
export const pages = [
  ["nothing of a run forgotten", history, "> most ? thinned(all) : all", "> most ? all : all", asked("keeps no more")],
  ["scored moments thinned", history, "moments.filter(({ recall }) => recall === undefined)", "moments", asked("keeps no more")],
  ["the oldest thinned first", history, "if (gap < nearest)", "if (least === undefined)", asked("keeps old and new")],
  ["what was after a rewind kept", history, "before.filter(({ step }) => step < moment.step)", "before", asked("goes on from")],
  ["a moment after the one looked for", history, "moment.step <= step", "moment.step >= step", asked("finds the moment")],
  ["the run before heard as this one", store, "const late = unheard > 0", "const late = unheard > 9", asked("takes nothing")],
  ["one word for two beginnings", store, "unheard -= 1", "unheard = 0", asked("takes nothing")],
  ["stands still after a change", store, 'if (now.state === "paused" && playsOn) {', "if (false) {", asked("goes on playing")],
  ["back to a step that is not kept", store, "kept.findLast((one) => one <= step) ?? 0", "step", asked("looks back")],
  ["the future remembered", store, "        forgetAfter(to);\n", "", asked("looks back")],
  ["looks back for ever", store, "        lookingAt.value = undefined;\n        forgetAfter", "        forgetAfter", asked("looks back")],
  ["one fault twice", store, "one.fault.message !== fault.message || ", "true || ", asked("races three")],
  ["an answer without its question", store, "{ ...search.value, neighbours: told.neighbours }", "search.value", asked("saves weights")],
  [
    "settings that do not go together",
    choose,
    "if (E.isLeft(parsed)) store.complain(parsed.left);\n  else ",
    "if (E.isRight(parsed)) ",
    asked("refuses settings"),
  ],
  ["a true minus unread", choose, '.replaceAll("−", "-")', "", asked("refuses settings")],
  ["the own level for the moved one", whatIf, "levels[index] ?? level", "level", asked("nothing changed")],
  ["a dragged row elsewhere", whatIf, "row * values.length", "0", asked("a dragged picture")],
  ["a row of another size dragged", whatIf, "dragged.embedding.length === embeddings.shape[1]", "true", asked("a dragged picture")],
  [
    "the map turned by what is dragged",
    map,
    "dragged?.row === row ? laid.project(dragged.embedding) : own",
    "own",
    asked("a dragged picture"),
  ],
  ["arrows of any length", map, "(value) => value / longest", "(value) => value", asked("the longest arrow")],
  ["a map around one corner", map, "(left + right) / 2", "left", asked("the map holds")],
  ["a picture its own neighbour", near, "column !== row", "true", asked("the nearest pictures")],
  ["the farthest for the nearest", near, "a.distance - b.distance", "b.distance - a.distance", asked("the nearest pictures")],
  ["an interval's end at its level", strip, "(level + (order[place + 1]?.level ?? level)) / 2", "level", asked("an interval holds")],
  ["levels beyond the axis", strip, "Math.abs(level) + 0.5", "0", asked("the axis holds")],
  ["an axis without an end", strip, "Math.min(9, ", "Math.min(1e9, ", asked("the axis holds")],
  ["negatives for positives", strip, "own.length - positives", "positives", asked("counts are")],
  ["what is no number drawn", series, "!Number.isFinite(value) ? []", "false ? []", asked("leave out")],
  ["calm for ever", series, "mean + share * (y - mean)", "mean", asked("are calmed")],
  ["value of a place mirrored", scale, "low + ((place - from)", "low - ((place - from)", asked("place and value")],
  ["ticks beyond the axis", scale, "Math.ceil(low / step - 1e-9)", "Math.floor(low / step - 1e-9)", asked("ticks are")],
  ["things that never arrive", motion, "current[index] = to;\n    else", "current[index] = from;\n    else", asked("never overshoots")],
  ["movement where none is wanted", motion, "share === 1 || ", "", asked("never overshoots")],
  [
    "other points slide",
    motion,
    "current.length === target.length ? current : Float64Array.from(target)",
    "current",
    asked("appear where"),
  ],
  ["a frame without a limit", frames, " || clock() - began > allowance) break", ") break", asked("give nobody more")],
  ["a frame without a count", frames, "drawn === most || ", "", asked("have fewer drawings")],
  ["as many drawings after a slow frame", frames, "Math.max(1, most >> 1)", "most + 1", asked("have fewer drawings")],
  ["a rest for the drawing alone", frames, "shown(() => {\n      ended();", "ended();\n    shown(() => {", asked("have fewer drawings")],
  ["a page without a rest", frames, "if (left > 0) later", "if (left < 0) later", asked("give nobody more")],
  ["more drawings after a frame that was not quick", frames, "took < whole / 2", "took < whole", asked("have fewer drawings")],
  ["a pen's number lost", strokes, "arc: 5", "arc: 4", drawings("done again")],
  ["strokes of the drawing before", strokes, "noted = 0;\n      words", "words", drawings("done again")],
  ["one word for all", strokes, "words.get(word) ?? words.size", "0", drawings("done again")],
  ["a picture told with each drawing", easel, "if (known !== undefined) return known;", "", drawings("told a picture once")],
  ["a drawing that is not waited for", easel, "if (begun > 0) return;", "", drawings("waited for until")],
  ["drawings of a thread that ended waited for", easel, "if (!gone) begun += 1;", "begun += 1;", drawings("no more")],
  ["a canvas sized anew for each drawing", paper, "canvas.width !== across || ", "true || ", drawings("laid on a canvas")],
  [
    "a frame for each who asks",
    frames,
    "if (asked || waiting.size === 0) return;",
    "if (waiting.size === 0) return;",
    asked("ask for no frame"),
  ],
  ["all the time for reckoning", pace, "others * (ended - began)", "0", asked("judged once")],
  [
    "answers to whoever asked first",
    thread,
    "waiting.get(id)?.(answer);\n      waiting.delete(id);",
    "const [[first]] = waiting;\n      waiting.get(first)?.(answer);\n      waiting.delete(first);",
    asked("finds its own"),
  ],
  ["nobody told of a lost thread", thread, "for (const tell of waiting.values()) tell(told);", "", asked("that is lost")],
  ["questions in a crowd", lens, "busy || (asked", "(asked", asked("one question at a time")],
  ["a finger that waits", lens, "busy || (asked?.whatIf === whatIf && !due())", "busy || !due()", asked("follows a finger")],
  ["reckoned at every look", lens, "(asked?.moment === moment && asked.whatIf === whatIf)", "false", asked("judged once")],
  [
    "no limit of photos",
    sorting,
    "photos.slice(0, Math.max(0, mostPhotos - sorting.photos.length))",
    "photos",
    asked("counts 2 before 10"),
  ],
  ["10 before 2", sorting, "{ numeric: true }", "{ numeric: false }", asked("counts 2 before 10")],
  [
    "photos without a class trained on",
    sorting,
    "label === undefined ? [] : [{ name, label, picture }]",
    '[{ name, label: label ?? "", picture }]',
    asked("loses none"),
  ],
  [
    "a class taken away with its photos",
    sorting,
    "photo.label === name ? { ...photo, label: undefined } : photo",
    "photo",
    asked("loses none"),
  ],
  ["a bad file in silence", bring, "      complain(decoded.left);\n", "", asked("a bad file")],
  [
    "the first part of a folder for the whole",
    folder,
    "entries.length > 0; entries = await part()",
    "entries.length > 0; entries = []",
    asked("are walked"),
  ],
  ["hidden files for pictures", folder, '!name.startsWith(".") && ', "", asked("are walked")],
  ["the file's name its class", folder, ".at(-2)", ".at(-1)", asked("that were chosen")],
].map(([what, file, text, replacement, test]) => ({ broken: [what, file, text, replacement], test }));
