// One thing at a time that would let something in that must stay outside, let something out, or answer another question than was asked.

const app = "serve/app.ts";
const answers = "serve/answers.ts";
const body = "serve/body.ts";
const gate = "serve/gate.ts";
const multipart = "serve/multipart.ts";
const pictures = "serve/pictures.ts";
const served = "serve/served.ts";
const trust = "serve/trust.ts";
const asked = (part) => ["test/serve.test.ts", "-t", part];
const host = asked("calls the service by localhost");
const foreign = asked("is no page of another origin");
const token = asked("has the token");
const bound = asked("is read no further than its bound");
const changed = asked("is not shown once the file is another");
const pages = asked("page by page");
const many = asked("are worked on so many at a time");
const late = asked("that take too long");
const anew = asked("answers from then on");
const long = asked("takes long to decode");
const counted = asked("is a line of JSON each");

/** [what is broken, file under src, its text, what replaces it], and the test that is asked. */
export const serve = [
  ["an index opened where a port is taken", "cli/serve.ts", "if (E.isLeft(free)) return free;", "", asked("answers, is not confused")],
  [
    "every name taken for the service's",
    trust,
    "names.some((own) => own.toLowerCase() === name)",
    "names.every((own) => own.toLowerCase() !== name)",
    host,
  ],
  ["a name that ends like localhost", trust, 'return name === "localhost" ||', 'return name.startsWith("localhost") ||', host],
  ["names compared letter by letter", trust, "own.toLowerCase() === name", "own === name.toUpperCase()", host],
  ["the origin not looked at", trust, "new URL(origin).host === host.toLowerCase()", "new URL(origin).host !== ''", foreign],
  [
    "what the browser says of the site not looked at",
    trust,
    'site !== undefined && site !== "same-origin"',
    'site === "x" && site !== "same-origin"',
    foreign,
  ],
  ["any token", trust, "timingSafeEqual(sealed(given), sealed(token))", "timingSafeEqual(sealed(token), sealed(token))", token],
  ["another scheme's secret", trust, "/^Bearer +(.*)$/i", "/^\\w+ +(.*)$/i", token],
  ["metrics for everyone", "serve/door.ts", ' || path === "/metrics"', "", token],
  [
    "no headers that keep the page to itself",
    app,
    "Object.entries(ownHeaders)",
    "Object.entries({})",
    asked("with headers that keep it to itself"),
  ],
  ["a request's number left out of the log", app, 'id: c.get("id"),', "", counted],
  ["no place given back", "serve/work.ts", "place.leave();", "", many],
  ["a place given back before its work ends", "serve/work.ts", "late = true;", "late = true;\n        place.leave();", late],
  ["more at once than are let through", gate, "working < concurrent", "working <= concurrent", many],
  ["more waiting than are let in", gate, "taken >= concurrent + waiting", "taken > concurrent + waiting", many],
  ["work that left counted on", gate, 'if (stage === "working") working -= 1;', "", many],
  ["a length that is stated believed", body, "if (length > most) return", "if (stated !== null && length > most) return", bound],
  ["the bound itself refused", body, "if (length > most) return", "if (length >= most) return", bound],
  ["a picture of any type", body, "/^(?:|image\\/", "/^(?:|[a-z]+\\/json|image\\/", asked("of another type or a broken form")],
  ["a field taken for the file", multipart, "if (isFile(latin(", "if (!isFile(latin(", asked("is the body itself or the file of a form")],
  [
    "a form cut short taken as it is",
    multipart,
    'if (end < 0) return broken("is cut short");',
    "",
    asked("of another type or a broken form"),
  ],
  ["parts without end", multipart, "part < mostParts", "part < mostParts * 1000", asked("of another type or a broken form")],
  ["a changed file shown", pictures, "contentHash(bytes) === entry.digest", "bytes.length > 0", changed],
  ["a path out of the folder followed", pictures, 'part !== ".." && part !== ""', 'part !== ""', changed],
  [
    "small pictures as large as the file",
    "pictures/resize.ts",
    "Math.min(1, side /",
    "Math.max(1, side /",
    asked("is the file, or a small JPEG of it"),
  ],
  ["one picture fewer", answers, "matches.slice(0, count)", "matches.slice(1, count)", pages],
  ["the last page not known", answers, "count: count + 1", "count", pages],
  ["every page the first", answers, "count: count + 1, offset,", "count: count + 1, offset: 0,", pages],
  ["all classes", answers, "under, label }),", "under }),", pages],
  ["any distance", answers, "offset, under, label }),", "offset, label }),", pages],
  ["an upload embedded for each page", answers, "uploads.put(key, embedding);", "", asked("is embedded once for all of its pages")],
  [
    "the index's own picture embedded again",
    answers,
    "entry === undefined ? looked(served, bytes)",
    "true ? looked(served, bytes)",
    asked("is embedded once for all of its pages"),
  ],
  ["pixels not looked at before", answers, "openImage(bytes, upload, maxPixels)", "E.right(bytes)", asked("before it is decoded")],
  [
    "where a part of the index lies told",
    answers,
    'sentence({ ...fault, where: "" })',
    "sentence(fault)",
    asked("that parts of the index did not answer"),
  ],
  ["buckets of their own", "serve/metrics.ts", "if (seconds <= end)", "if (seconds <= end && seconds > end / 2.5)", counted],
  [
    "no token needed for others",
    "serve/settings.ts",
    '!isOwnAddress(host) && token === ""',
    'isOwnAddress(host) && token === ""',
    asked("come from flags and the environment"),
  ],
  [
    "new requests taken while it stops",
    "serve/app.ts",
    "stopped && !health.includes(c.req.path) ? stopping : refusedAtDoor(comingOf(c), settings)",
    "refusedAtDoor(comingOf(c), settings)",
    asked("sends new requests away"),
  ],
  [
    "what it began cut off",
    "serve/listen.ts",
    "server.closeIdleConnections();",
    "server.closeAllConnections();",
    asked("ends once what it began is answered"),
  ],
  ["uploads decoded by the thread that answers", "serve/decoders.ts", "threadsFor(settings), decodedFor", "0, decodedFor", long],
  ["a thread that died not replaced", "workers/crew.ts", "threads.splice(threads.indexOf(thread), 1);", "", long],
  ["a picture that a thread died of not answered", "workers/crew.ts", "current?.resolve(lost(current.job));", "", long],
  [
    "a parameter given twice called something else",
    "serve/words.ts",
    "Array.isArray(given[where])",
    "given[where] === null",
    asked("name by name"),
  ],
  ["the wrong one of two bounds told", "serve/words.ts", "issues.findLast(", "issues.find(", asked("name by name")],
  [
    "settings named as if a client could set them",
    "serve/problem.ts",
    'remedy: "" }, ofService)',
    'remedy: "" })',
    asked("before it is decoded"),
  ],
  ["a new index not looked for", served, "if (found === seen) return;", "return;", anew],
  ["an index opened again at each look", served, "seen = found;", "", anew],
  ["an index closed under who is answered", served, "generations[0]?.loans === 0", "true", anew],
  ["a network closed that goes on", served, "if (network !== networkOf(after)) ", "", anew],
  ["an index that is used no more left open", served, "void retire();", "", anew],
  ["the index's file not looked at", "search/open.ts", 'isServer(place) ? ""', 'place !== "" ? ""', asked("is seen by its file")],
].map(([what, file, text, replacement, test]) => ({ broken: [what, file, text, replacement], test }));
