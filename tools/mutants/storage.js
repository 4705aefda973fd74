// One thing at a time that would give wrong pictures, or the right ones at the wrong step: what is kept, read and prepared ahead.

const store = "store/store.ts";
const located = "store/located.ts";
const reading = "store/reading.ts";
const batches = "store/batches.ts";
const flow = "pictures/source.ts";
const shard = "store/shard.ts";
const asked = (part) => ["test/store.test.ts", "-t", part];
const embedded = (part) => ["test/embed.test.ts", "-t", part];
const walk = ["test/files.test.ts", "-t", "the walk over pictures"];
const strange = (part) => ["test/first-hour.test.ts", "-t", part];
const across = asked("decodes once");
const ahead = asked("in the order of the steps");

/** [what is broken, file under src, its text, what replaces it], and the test that is asked. */
export const storage = [
  ["a picture read one place further", shard, "first * bytes);", "(first + 1) * bytes);", asked("gives the same pixels from threads")],
  ["neighbours of a shard that are none", shard, "slot === run[0] + run[1] && ", "", across],
  [
    "a last batch of 32 bits",
    "embed/embed.ts",
    "images.data instanceof Float32Array ? (spares.take(size) ?? new Float32Array(size)) : new Float64Array(size)",
    "spares.take(size) ?? new Float32Array(size)",
    embedded("keep numbers of 64 bits"),
  ],
  [
    "every evaluation in fresh memory",
    "embed/embed.ts",
    "spares.take((asked.length * sizeOf(settings.images)) / batch)",
    "undefined",
    embedded("memory that is used again"),
  ],
  ["pictures of a shard written in the other order", "store/writer.ts", "pixels.push(square)", "pixels.unshift(square)", across],
  [
    "a changed file taken as it was stored",
    located,
    "a.size === b.size && a.modified === b.modified && a.changed === b.changed",
    "a.size === a.size && b.size === b.size",
    across,
  ],
  ["the time that no program can set back not looked at", located, " && a.changed === b.changed", "", asked("under the old time")],
  ["an unchanged content decoded again", "store/ready.ts", "if (hash === known)", "if (hash === known && hash === path)", across],
  [
    "a batch's memory used again while the batch is good",
    flow,
    "while (out.length >= held)",
    "while (out.length > 0)",
    asked("are good as long as they are held"),
  ],
  [
    "a plan of several steps holding one batch",
    "train/run.ts",
    "begun.step + 1, advancing.most)",
    "begun.step + 1, 1)",
    ["test/train.test.ts", "-t", "several steps"],
  ],
  ["a checksum not looked at", reading, "verified[number] === 0 && ", "verified[number] === 2 && ", asked("a changed byte")],
  [
    "what is damaged stays in the shard",
    reading,
    "shard.entries.map((entry, slot) => (slots.has(slot) ? null : entry))",
    "shard.entries.map((entry) => entry)",
    asked("a changed byte"),
  ],
  ["a cut shard taken as whole", shard, "=== entries.length * pictureBytes(side) ?", ">= 0 ?", asked("makes a cut shard")],
  [
    "shards removed before they are carried over",
    store,
    "live.length * pictureBytes(settings.side) >= half",
    "live.length >= 0",
    asked("carries small shards"),
  ],
  [
    "what is asked for waits for its turn",
    "workers/pool.ts",
    "index = urgent?.(); index !== undefined",
    "index = undefined; index !== undefined",
    asked("before all else"),
  ],
  ["what is in no shard yet is decoded again", "store/writer.ts", "entry.path === path", "entry.path !== path", asked("before all else")],
  ["a picture that is another than its hash", "store/filling.ts", "ready.hash !== hash", "ready.hash === ''", asked("another than it was")],
  [
    "what is of no use stays counted on",
    "store/filling.ts",
    'if (why !== "") end(',
    'if (why === "never") end(',
    asked("damaged behind its header"),
  ],
  [
    "what was decoded before the end is lost",
    "store/store.ts",
    "    writer.flush();\n    return keptWarnings",
    "    return keptWarnings",
    asked("closed before the end"),
  ],
  [
    "the end waits for what is not decoded",
    "store/filling.ts",
    "stopped: () => stopped",
    "stopped: () => false",
    asked("closed before the end"),
  ],
  ["bad files left out, although none may be", "store/leftOut.ts", "strict !== true", "strict !== null", strange("stops")],
  ["bad files go unsaid", store, "return why === undefined ?", "return number >= 0 ?", asked("goes on without what cannot be used")],
  ["what a folder's walk passed over forgotten", "store/stored.ts", "...(description.leftOut ?? []), ", "", strange("mdr eval")],
  [
    "what the way to photos passed over forgotten",
    "store/sources.ts",
    "[...passedOver, ...store.leftOut]",
    "[...store.leftOut]",
    strange("mdr embed"),
  ],
  [
    "training pictures decoded to evaluate",
    "store/sources.ts",
    "openStored(description, testParts,",
    'openStored(description, ["train", ...testParts],',
    asked("opened by themselves"),
  ],
  ["places of a part taken for numbers of pictures", batches, "pictures[index] ?? -1", "index", asked("queries, and a gallery")],
  [
    "the gallery's pictures among the queries",
    "store/opened.ts",
    '{ query: sectionOf(stored, ["query", "test"], out)',
    '{ query: sectionOf(stored, ["query", "test", "gallery"], out)',
    asked("queries, and a gallery"),
  ],
  ["batches prepared ahead given in the other order", flow, "coming.shift()", "coming.pop()", ahead],
  ["batches prepared ahead are of one step", flow, "given(step + coming.length)", "given(step)", ahead],
  ["a run begun later gets the first batches", flow, "for (let step = first; ; step++)", "for (let step = 1; ; step++)", ahead],
  ["memory beyond its bound", "store/memory.ts", "used + pixels.length <= bytes", "used <= bytes", asked("pictures in memory")],
  ["what was asked for last makes room", "store/memory.ts", "kept.set(picture, pixels);\n      }", "}", asked("pictures in memory")],
  ["folders of systems walked", "files/walk.ts", " || ofSystems.has(name.toLowerCase())", "", walk],
  ["links not followed", "files/walk.ts", "return entry.isSymbolicLink()\n    ? E", "return entry.name === path\n    ? E", walk],
  [
    "an older record read as it is",
    "files/versions.ts",
    "migrations.slice(version)",
    "migrations.slice(migrations.length)",
    ["test/files.test.ts", "-t", "versions"],
  ],
].map(([what, file, text, replacement, test]) => ({ broken: [what, file, text, replacement], test }));
