/** The page of `mdr serve`: asks with a picture, shows what is near. All that comes from the service is set as text. */
import { about, enterToken, labels, nearFile, nearUpload, pageLength, Refused, thumbnail } from "./service.js";

/** @typedef {import("./service.js").Match} Match */
/** @typedef {{ readonly file: string, readonly digest: string } | { readonly upload: Blob, readonly name: string }} Asked */

/** @template {HTMLElement} E @param {string} id @param {new () => E} kind @returns {E} */
const element = (id, kind) => {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${id}`);
  return found;
};

const parts = {
  about: element("about", HTMLParagraphElement),
  enter: element("enter", HTMLFormElement),
  token: element("token", HTMLInputElement),
  asking: element("asking", HTMLElement),
  drop: element("drop", HTMLDivElement),
  file: element("file", HTMLInputElement),
  query: element("query", HTMLElement),
  queryPicture: element("query-picture", HTMLImageElement),
  queryName: element("query-name", HTMLElement),
  filters: element("filters", HTMLFormElement),
  label: element("label", HTMLSelectElement),
  under: element("under", HTMLInputElement),
  status: element("status", HTMLParagraphElement),
  found: element("found", HTMLElement),
  matches: element("matches", HTMLOListElement),
  pages: element("pages", HTMLElement),
  nearer: element("nearer", HTMLButtonElement),
  place: element("place", HTMLSpanElement),
  farther: element("farther", HTMLButtonElement),
};

/** @type {Asked | undefined} */
let asked;
let offset = 0;
/** Answers that come after a later question are not shown. */
let question = 0;

/** @param {string} text */
const say = (text) => {
  parts.status.textContent = text;
};

/** @param {number} distance */
const shown = (distance) => distance.toPrecision(4);

/** Addresses of pictures that only this page knows, to be given back. @type {string[]} */
let borrowed = [];

/** @param {HTMLImageElement} image @param {Promise<string>} address */
const show = async (image, address) => {
  try {
    image.src = await address;
    if (image.src.startsWith("blob:")) borrowed.push(image.src);
  } catch {
    image.removeAttribute("src");
  }
};

/** @param {Match} match */
const card = (match) => {
  const item = document.createElement("li");
  const button = document.createElement("button");
  const image = document.createElement("img");
  const name = document.createElement("span");
  const distance = document.createElement("span");
  button.type = "button";
  image.alt = match.file;
  image.loading = "lazy";
  image.width = 200;
  image.height = 200;
  name.textContent = match.label ?? match.file;
  distance.className = "distance";
  distance.textContent = match.same ? "this picture" : `distance ${shown(match.distance)}`;
  button.append(image, name, distance);
  button.addEventListener("click", () => ask({ file: match.file, digest: match.digest }, 0, true));
  item.append(button);
  void show(image, thumbnail(match.digest, 200));
  return item;
};

/** @param {number} threshold */
const line = (threshold) => {
  const item = document.createElement("li");
  item.className = "line";
  item.textContent = `Threshold ${shown(threshold)}: pictures below this line are too far to be taken for the same thing`;
  return item;
};

/** @param {readonly Match[]} matches @param {number | null} threshold */
const listed = (matches, threshold) => {
  for (const address of borrowed) URL.revokeObjectURL(address);
  borrowed = [];
  const items = matches.map(card);
  // Before the first that lies beyond it, if any does and it was not on an earlier page.
  const first = threshold === null ? -1 : matches.findIndex(({ distance }) => distance >= threshold);
  if (threshold !== null && first >= 0 && (first > 0 || offset === 0)) items.splice(first, 0, line(threshold));
  parts.matches.replaceChildren(...items);
};

const showQuery = () => {
  parts.query.hidden = asked === undefined;
  if (asked === undefined) return;
  if ("upload" in asked) {
    parts.queryName.textContent = asked.name;
    void show(parts.queryPicture, Promise.resolve(URL.createObjectURL(asked.upload)));
  } else {
    parts.queryName.textContent = asked.file;
    void show(parts.queryPicture, thumbnail(asked.digest, 200));
  }
};

/** @param {unknown} thrown */
const refused = (thrown) => {
  if (!(thrown instanceof Refused)) throw thrown;
  parts.enter.hidden = thrown.status !== 401;
  if (thrown.status === 401) parts.token.focus();
  say(thrown.message);
};

/** @param {Asked} wanted @param {number} from @param {boolean} isNew whether it is a step that the browser's Back should lead back from */
const ask = async (wanted, from, isNew) => {
  question += 1;
  const own = question;
  asked = wanted;
  offset = from;
  say("Looking ...");
  parts.found.setAttribute("aria-busy", "true");
  if (isNew) history.pushState("file" in wanted ? wanted : null, "");
  try {
    const filters = { label: parts.label.value, under: parts.under.value, offset };
    const found = await ("upload" in wanted ? nearUpload(wanted.upload, filters) : nearFile(wanted.file, filters));
    if (own !== question) return;
    listed(found.matches, found.threshold);
    showQuery();
    parts.pages.hidden = offset === 0 && !found.more;
    parts.nearer.disabled = offset === 0;
    parts.farther.disabled = !found.more;
    parts.place.textContent = `${offset + 1} to ${offset + found.matches.length}`;
    const notes = [
      ...found.missing.map((why) => `a part of the index gave no answer: ${why}`),
      ...(found.exact ? [] : ["nearer ones may be missing"]),
    ];
    const count = found.matches.length === 0 ? "No pictures found" : `${found.matches.length} pictures, nearest first`;
    say([count, ...notes].join("; "));
  } catch (thrown) {
    if (own === question) refused(thrown);
  } finally {
    if (own === question) parts.found.setAttribute("aria-busy", "false");
  }
};

/** @param {DataTransfer | null} given */
const askWith = (given) => {
  const picture = [...(given?.files ?? [])].find(({ type }) => type === "image/jpeg" || type === "image/png");
  if (picture === undefined) say("That is no JPEG or PNG picture.");
  else void ask({ upload: picture, name: picture.name }, 0, true);
};

const begin = async () => {
  try {
    const [index, classes] = await Promise.all([about(), labels()]);
    parts.enter.hidden = true;
    parts.about.textContent = `Among ${index.pictures} pictures; ${index.uploads ? index.engine : `no uploads: ${index.engine}`}`;
    parts.drop.hidden = !index.uploads;
    parts.label.replaceChildren(
      new Option("all", ""),
      ...classes.labels.map(({ label, count }) => new Option(`${label} (${count})`, label)),
    );
    if (asked !== undefined) void ask(asked, offset, false);
    else say("");
  } catch (thrown) {
    refused(thrown);
  }
};

parts.file.addEventListener("change", () => {
  const [picture] = parts.file.files ?? [];
  if (picture !== undefined) void ask({ upload: picture, name: picture.name }, 0, true);
});
document.addEventListener("paste", (event) => {
  if ((event.clipboardData?.files.length ?? 0) > 0) askWith(event.clipboardData);
});
// Anywhere in the window: a picture dropped beside the field would otherwise take the page's place.
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  parts.drop.classList.add("over");
});
document.addEventListener("dragleave", () => parts.drop.classList.remove("over"));
document.addEventListener("drop", (event) => {
  event.preventDefault();
  parts.drop.classList.remove("over");
  askWith(event.dataTransfer);
});
parts.filters.addEventListener("submit", (event) => {
  event.preventDefault();
  if (asked !== undefined) void ask(asked, 0, false);
});
parts.label.addEventListener("change", () => parts.filters.requestSubmit());
parts.enter.addEventListener("submit", (event) => {
  event.preventDefault();
  enterToken(parts.token.value);
  parts.token.value = "";
  void begin();
});
/** @param {number} by */
const turn = (by) => {
  if (asked === undefined) return;
  void ask(asked, Math.max(0, offset + by), false);
  parts.found.focus();
};
parts.nearer.addEventListener("click", () => turn(-pageLength));
parts.farther.addEventListener("click", () => turn(pageLength));
addEventListener("popstate", ({ state }) => {
  const { file, digest } = /** @type {{ file?: string, digest?: string }} */ (state ?? {});
  if (file !== undefined && digest !== undefined) void ask({ file, digest }, 0, false);
});

void begin();
