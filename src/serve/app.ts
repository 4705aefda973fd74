/** The service as a function of requests: who is answered, by which route, what of it is counted and logged. It knows no port. */
import { OpenAPIHono } from "@hono/zod-openapi";
import * as E from "fp-ts/lib/Either.js";
import type { Context } from "hono";
import { type Fault, misused, reasonOf, visible } from "../faults/index.js";
import { programVersion } from "../files/index.js";
import { answersOf } from "./answers.js";
import { pictureIn, readBody } from "./body.js";
import { type Coming, refusedAtDoor } from "./door.js";
import { gateOf } from "./gate.js";
import { metricsOf } from "./metrics.js";
import { assetPaths, ownHeaders, readAssets } from "./page.js";
import { busy, documentOf, failure, type Problem, problem } from "./problem.js";
import { aboutOf, labelsOf, mostMatches, pictureOf, searchByFile, searchByPicture } from "./schema.js";
import type { Served } from "./served.js";
import type { Service } from "./service.js";
import { uploadBytes } from "./settings.js";
import { wordsOf } from "./words.js";
import { performerOf, type Turn } from "./work.js";

export interface ServiceApp {
  readonly app: OpenAPIHono<Carried>;
  /** From now on new requests are sent away; those that are being answered are answered. */
  readonly stop: () => void;
}

interface Carried {
  Variables: {
    /** The request's number. */
    readonly id: string;
    /** What the log is told of a problem. */
    readonly cause: string | undefined;
    /** Bytes of the body that were read. */
    readonly received: number;
  };
}

const health = ["/healthz", "/readyz"];

/** By its path, the method that a route takes; it takes HEAD where it takes GET. */
const routes: ReadonlyMap<string, string> = new Map([
  ...[...assetPaths, ...health, "/metrics", "/openapi.json", "/api/picture", "/api/labels", "/api/about"].map(
    (path) => [path, "GET, HEAD"] as const,
  ),
  ["/api/search", "GET, HEAD, POST"],
]);

/** What a request says of where it comes from. */
const comingOf = (c: Context<Carried>): Coming => ({
  path: c.req.path,
  host: c.req.header("host") ?? new URL(c.req.url).host,
  origin: c.req.header("origin"),
  site: c.req.header("sec-fetch-site"),
  authorization: c.req.header("authorization"),
});

/** Parameters as they came: text, or several where one was given more than once. */
const queryOf = (c: Context): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(c.req.queries()).map(([name, values]) => [name, values.length === 1 ? values[0] : values]));

/** A path may be this long in the log. */
const loggedPath = 200;

const stopping: Problem = { ...busy("the service is about to stop"), headers: { "Retry-After": "5", Connection: "close" } };

/** Left: the installation is not whole. */
export const serviceApp = (service: Service): E.Either<Fault, ServiceApp> =>
  E.map((assets: Readonly<Record<string, { readonly text: string; readonly type: string; readonly etag: string }>>): ServiceApp => {
    const { serving, settings, log } = service;
    const gate = gateOf(settings.concurrent, settings.waiting);
    const inTurn = performerOf(gate, settings.timeout);
    const answers = answersOf(service);
    const metrics = metricsOf();
    const begun = Date.now();
    /** Work with what is served when it comes, until it ends, however late. */
    const perform = <A>(work: (served: Served, turn: Turn) => Promise<E.Either<Problem, A>>) =>
      inTurn(async (turn) => {
        const { served, giveBack } = serving.borrow();
        try {
          return await work(served, turn);
        } finally {
          giveBack();
        }
      });
    let inFlight = 0;
    let requests = 0;
    let stopped = false;

    const refuse = (c: Context<Carried>, given: Problem) => {
      c.set("cause", given.cause);
      return c.json(documentOf(given, c.get("id")), given.status, { ...given.headers, "Content-Type": "application/problem+json" });
    };

    const app = new OpenAPIHono<Carried>({
      defaultHook: (result, c) => {
        if (result.success) return undefined;
        const { where, what } = wordsOf(result.error.issues, queryOf(c));
        return refuse(c, problem(400, misused(what, { where, remedy: "see /openapi.json" })));
      },
    });

    app.use(async (c, next) => {
      const from = performance.now();
      requests += 1;
      inFlight += 1;
      c.set("id", `${begun.toString(36)}-${requests.toString(36)}`);
      const refused = stopped && !health.includes(c.req.path) ? stopping : refusedAtDoor(comingOf(c), settings);
      if (refused === undefined) await next();
      else c.res = refuse(c, refused);
      inFlight -= 1;
      for (const [name, value] of Object.entries(ownHeaders)) c.res.headers.set(name, value);
      if (!c.res.headers.has("Cache-Control")) c.res.headers.set("Cache-Control", "no-store");
      c.res.headers.set("X-Request-Id", c.get("id"));
      if (stopped) c.res.headers.set("Connection", "close");
      const seconds = (performance.now() - from) / 1000;
      const { method, path } = c.req;
      const { status } = c.res;
      metrics.count({ route: routes.has(path) ? path : "other", method, status, seconds });
      const cause = c.get("cause");
      log(
        JSON.stringify({
          time: new Date().toISOString(),
          id: c.get("id"),
          method: visible(method.slice(0, 20)),
          path: visible(path.slice(0, loggedPath)),
          status,
          milliseconds: Math.round(seconds * 1e6) / 1000,
          received: c.get("received") ?? 0,
          ...(cause === undefined ? {} : { cause }),
        }),
      );
    });

    for (const [path, { text, type, etag }] of Object.entries(assets))
      app.get(path, (c) => {
        const headers = { "Content-Type": type, ETag: etag, "Cache-Control": "no-cache" };
        return c.req.header("if-none-match") === etag ? c.body(null, 304, headers) : c.body(text, 200, headers);
      });

    app.get("/healthz", (c) => c.text("ok\n"));
    app.get("/readyz", (c) => (stopped ? refuse(c, stopping) : c.text("ok\n")));

    app.get("/metrics", (c) => {
      const { rss, heapUsed } = process.memoryUsage();
      const { about } = serving.now().index;
      const text = metrics.text({
        // This request is one of them.
        mdr_in_flight: [inFlight, "Requests that are being answered."],
        mdr_working: [gate.working(), "Requests that are being worked on."],
        mdr_places_taken: [gate.taken(), "Requests that are being worked on or wait for it."],
        mdr_index_pictures: [about.count, "Pictures of the index."],
        mdr_index_width: [about.width, "Numbers of an embedding."],
        mdr_kept_bytes: [answers.kept(), "Small pictures and embeddings that are kept to be answered with again."],
        process_resident_memory_bytes: [rss, "Resident memory."],
        nodejs_heap_size_used_bytes: [heapUsed, "Used memory of the heap."],
        process_start_time_seconds: [begun / 1000, "When the service began, in seconds since 1970."],
      });
      return c.body(text, 200, { "Content-Type": "text/plain; version=0.0.4; charset=utf-8" });
    });

    app.openapi(searchByFile, async (c) => {
      const { file, ...asked } = c.req.valid("query");
      const found = await perform((served, turn) => answers.nearFile(served, file, asked, turn)());
      return E.isLeft(found) ? refuse(c, found.left) : c.json(found.right, 200);
    });

    // The body is read here, in bounds, and not by a validator of forms.
    app.openAPIRegistry.registerPath(searchByPicture);
    app.openapi({ ...searchByPicture, request: { query: searchByPicture.request.query }, hide: true }, async (c) => {
      const asked = c.req.valid("query");
      const found = await perform(async (served, turn) => {
        const body = await readBody(c.req.raw, uploadBytes(settings), settings.timeout * 1000);
        if (E.isLeft(body)) return body;
        c.set("received", body.right.length);
        const bytes = pictureIn(c.req.header("content-type") ?? "", body.right);
        return E.isLeft(bytes) ? bytes : answers.nearUpload(served, bytes.right, asked, turn)();
      });
      return E.isLeft(found) ? refuse(c, found.left) : c.json(found.right, 200);
    });

    app.openapi(pictureOf, async (c) => {
      const { digest, side } = c.req.valid("query");
      // What has this name never changes.
      const headers = { ETag: `"${digest}-${side ?? "file"}"`, "Cache-Control": "private, max-age=31536000, immutable" };
      const found = await perform((served, turn) => answers.picture(served, digest, side, turn)());
      if (E.isLeft(found)) return refuse(c, found.left);
      if (c.req.header("if-none-match") === headers.ETag) return c.body(null, 304, headers);
      return c.body(Uint8Array.from(found.right.bytes), 200, { ...headers, "Content-Type": found.right.type });
    });

    app.openapi(labelsOf, async (c) => {
      const found = await perform(async ({ index }, turn) => {
        const came = await turn();
        return E.isLeft(came)
          ? came
          : E.mapLeft((fault: Fault) => failure("the index gives no answer", fault, 503))(await index.labels()());
      });
      return E.isLeft(found) ? refuse(c, found.left) : c.json({ labels: [...found.right] }, 200);
    });

    app.openapi(aboutOf, (c) => {
      const { index, embedder, threshold } = serving.now();
      const { count, width, run, part } = index.about;
      return c.json(
        {
          pictures: count,
          width,
          run,
          part,
          uploads: E.isRight(embedder),
          engine: E.isRight(embedder) ? embedder.right.why : embedder.left.what,
          threshold: threshold ?? null,
          limits: { uploadBytes: uploadBytes(settings), pixels: settings.maxPixels, matches: mostMatches, seconds: settings.timeout },
          version: programVersion,
        },
        200,
      );
    });

    app.openAPIRegistry.registerComponent("securitySchemes", "token", { type: "http", scheme: "bearer" });
    app.doc31("/openapi.json", {
      openapi: "3.1.0",
      info: { title: "mdr serve", version: programVersion, description: "Finds the pictures of an index that are most like one." },
    });

    app.notFound((c) => {
      const allow = routes.get(c.req.path);
      return allow === undefined
        ? refuse(c, problem(404, misused("there is nothing here", { remedy: "see /openapi.json" })))
        : refuse(c, { ...problem(405, misused("it is not asked for in this way", { remedy: `use ${allow}` })), headers: { Allow: allow } });
    });
    app.onError((thrown, c) => refuse(c, { status: 500, detail: "the service made a mistake", cause: reasonOf(thrown) }));

    return {
      app,
      stop: () => {
        stopped = true;
      },
    };
  })(readAssets());
