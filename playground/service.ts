/**
 * Keeps the whole page for use without a network: all files of a version are stored when it is first loaded, under a name made of their
 * contents, and answered from there. A new version is stored beside the old one, which goes once no page uses it any more.
 */

interface Extendable extends Event {
  readonly waitUntil: (until: Promise<unknown>) => void;
}

interface Asking extends Extendable {
  readonly request: Request;
  readonly respondWith: (answer: Promise<Response>) => void;
}

/** What a service worker knows of itself; the types of pages do not have it. */
interface Keeper {
  readonly registration: { readonly scope: string };
  readonly clients: { readonly claim: () => Promise<void> };
  readonly skipWaiting: () => Promise<void>;
  readonly addEventListener: (<K extends "install" | "activate">(kind: K, act: (event: Extendable) => void) => void) &
    ((kind: "fetch", act: (event: Asking) => void) => void) &
    ((kind: "message", act: (event: MessageEvent) => void) => void);
}

declare const self: Keeper;

/** Put in by the build: every file, seen from the page's own address, and a hash over the contents of all. */
declare const FILES: readonly string[];
declare const VERSION: string;

const { scope } = self.registration;
/** Other pages of the same host have stores too: the name says whose this is. */
const own = `mdr-playground ${scope} `;
const current = `${own}${VERSION}`;

const stored = async (): Promise<void> => {
  const store = await caches.open(current);
  await store.addAll(FILES.map((file) => new Request(new URL(file, scope), { cache: "reload" })));
};

const forgotten = async (): Promise<void> => {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(own) && name !== current).map((name) => caches.delete(name)));
};

/** The page has many addresses, one for every choice; its file is one. */
const fileOf = (request: Request): string => {
  const { origin, pathname } = new URL(request.url);
  return `${origin}${pathname}`.replace(/\/index\.html$/, "/");
};

const answered = async (request: Request): Promise<Response> => {
  const store = await caches.open(current);
  return (await store.match(fileOf(request), { ignoreVary: true })) ?? fetch(request);
};

self.addEventListener("install", (event) => event.waitUntil(stored()));
self.addEventListener("activate", (event) => event.waitUntil(forgotten().then(() => self.clients.claim())));
self.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  if (method === "GET" && url.startsWith(scope)) event.respondWith(answered(event.request));
});
self.addEventListener("message", ({ data }) => {
  if (data === "take over") self.skipWaiting();
});
