/** The service: what it answers, whom it answers, what it takes, and how it ends. Requests are given to it in this process; one test listens. */
import { rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serveSettings } from "../src/cli/serve.js";
import { openServed } from "../src/cli/served.js";
import { failed } from "../src/faults/index.js";
import { decodeImage, squareOf } from "../src/pictures/index.js";
import { galleryOf, writeGallery } from "../src/search/gallery.js";
import type { PhotoEmbedder } from "../src/search/index.js";
import { galleryFile } from "../src/search/places.js";
import {
  listen,
  listenable,
  openDecoders,
  renewing,
  type Served,
  type ServeSettings,
  type Service,
  serviceApp,
} from "../src/serve/index.js";
import { mdr } from "./fixtures/commands.js";
import { blankJpeg } from "./fixtures/flatJpeg.js";
import { colourEmbedder, colourJpeg, type Fixture, indexOf, serviceFixture } from "./fixtures/service.js";

let fixture: Fixture;
beforeAll(() => {
  fixture = serviceFixture();
});
afterAll(() => fixture.remove());

const must = <A>(result: E.Either<unknown, A>): A => {
  if (E.isLeft(result)) throw new Error(JSON.stringify(result.left));
  return result.right;
};

type Ask = (path: string, options?: RequestInit) => Promise<Response>;

const opened = (settings: Partial<ServeSettings> = {}, more: Partial<Served & Service> = {}) => {
  const { app, stop } = must(serviceApp(fixture.service(settings, more)));
  const ask: Ask = async (path, options) => app.request(path, options);
  return { ask, stop };
};

/** Parts of answers that tests look at. */
interface Answer {
  readonly matches: readonly {
    readonly file: string;
    readonly label: string;
    readonly digest: string;
    readonly distance: number;
    readonly same: boolean;
  }[];
  readonly more: boolean;
  readonly query: { readonly file: string | null; readonly digest: string };
  readonly threshold: number | null;
  readonly missing: readonly string[];
}

const answerOf = async (response: Response): Promise<Answer> => {
  expect(response.status, await response.clone().text()).toBe(200);
  return (await response.json()) as Answer;
};

const problemOf = async (response: Response) => {
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const problem = (await response.json()) as {
    readonly status: number;
    readonly detail: string;
    readonly remedy?: string;
    readonly title: string;
  };
  expect(problem.status).toBe(response.status);
  expect(JSON.stringify(problem)).not.toMatch(/node_modules|\.ts:|\.js:|\n\s+at |secret/);
  return problem;
};

const posted = (body: Uint8Array | FormData | string, type?: string): RequestInit => ({
  method: "POST",
  body: body instanceof Uint8Array ? Uint8Array.from(body) : body,
  ...(type === undefined ? {} : { headers: { "content-type": type } }),
});

const digestOf = (file: string): string => fixture.entries.find((entry) => entry.file === file)?.digest ?? "";

/** A reader of a body that comes in pieces, each asked for when it is wanted. */
const streamed = (pieces: number, piece: Uint8Array): RequestInit & { readonly duplex: "half"; readonly given: () => number } => {
  let given = 0;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      if (given === pieces) controller.close();
      else {
        given += 1;
        controller.enqueue(piece);
      }
    },
  });
  return { method: "POST", body, duplex: "half", headers: { "content-type": "image/jpeg" }, given: () => given };
};

describe("a picture of the index", () => {
  it("is found by its path, itself first, then by distance", async () => {
    const { ask } = opened({ threshold: 0.5 });
    const { matches, query, more, threshold } = await answerOf(await ask("/api/search?file=red%2F1.jpg&count=4"));
    expect(matches.map(({ file }) => file)).toEqual(
      ["red/1.jpg", "red/0.jpg", "red/2.jpg", "red/3.jpg"].sort((a, b) => distance(a) - distance(b)),
    );
    expect(matches[0]).toMatchObject({ file: "red/1.jpg", distance: 0, same: true });
    expect(matches.slice(1).every(({ same }) => !same)).toBe(true);
    expect(query).toEqual({ file: "red/1.jpg", digest: digestOf("red/1.jpg") });
    expect(more).toBe(true);
    expect(threshold).toBe(0.5);
    function distance(file: string): number {
      return matches.find((match) => match.file === file)?.distance ?? Number.NaN;
    }
  });

  it("is found page by page, by class and within a distance, and the last page says so", async () => {
    const { ask } = opened();
    const all = await answerOf(await ask("/api/search?file=green/0.jpg&count=15"));
    expect(all.matches).toHaveLength(15);
    expect(all.more).toBe(false);
    const pages = await Promise.all(
      [0, 6, 12].map(async (offset) => answerOf(await ask(`/api/search?file=green/0.jpg&count=6&offset=${offset}`))),
    );
    expect(pages.flatMap(({ matches }) => matches)).toEqual(all.matches);
    expect(pages.map(({ more }) => more)).toEqual([true, true, false]);
    const blue = await answerOf(await ask("/api/search?file=green/0.jpg&label=blue"));
    expect(blue.matches.map(({ label }) => label)).toEqual(Array(5).fill("blue"));
    const limit = all.matches[3]?.distance ?? 0;
    const near = await answerOf(await ask(`/api/search?file=green/0.jpg&under=${limit}`));
    expect(near.matches).toEqual(all.matches.filter(({ distance }) => distance < limit));
    expect(near.matches.length).toBeGreaterThan(0);
  });

  it("is a name in the index and no path", async () => {
    const { ask } = opened();
    for (const file of ["../secret.txt", "/etc/passwd", "red/../red/0.jpg", "red%2f..%2f..%2fsecret.txt", "C:\\boot.ini", "nowhere.jpg"])
      expect((await problemOf(await ask(`/api/search?${new URLSearchParams({ file })}`))).status, file).toBe(404);
  });
});

describe("an upload", () => {
  it("is the body itself or the file of a form, and is near to what looks like it", async () => {
    const { ask } = opened();
    const jpeg = colourJpeg(20, 230, 20);
    const form = new FormData();
    form.append("note", "not a file");
    form.append("picture", new Blob([Uint8Array.from(jpeg)], { type: "image/jpeg" }), "x.jpg");
    const answers = [];
    for (const given of [posted(jpeg, "image/jpeg"), posted(jpeg, "application/octet-stream"), posted(jpeg), posted(form)])
      answers.push(await answerOf(await ask("/api/search?count=3", given)));
    expect(answers[0]?.matches.map(({ label }) => label)).toEqual(["green", "green", "green"]);
    expect(answers[0]?.query.file).toBeNull();
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });

  it("is embedded once for all of its pages, and not at all where the index has it", async () => {
    let embedded = 0;
    const counted = {
      ...colourEmbedder,
      embed: (bytes: Uint8Array, name: string) => {
        embedded += 1;
        return colourEmbedder.embed(bytes, name);
      },
    };
    const { ask } = opened({}, { embedder: E.right(counted) });
    const jpeg = colourJpeg(1, 2, 3);
    const pages = [];
    for (const offset of [0, 5, 10])
      pages.push(await answerOf(await ask(`/api/search?count=5&offset=${offset}`, posted(jpeg, "image/jpeg"))));
    expect(embedded).toBe(1);
    expect(new Set(pages.flatMap(({ matches }) => matches.map(({ file }) => file))).size).toBe(15);
    const known = await answerOf(await ask("/api/search?count=1", posted(colourJpeg(255, 0, 0), "image/jpeg")));
    expect(known.matches).toMatchObject([{ file: "red/0.jpg", same: true, distance: 0 }]);
    expect(embedded).toBe(1);
  });

  it("that is no picture, is damaged or too large in pixels is refused in words, before it is decoded", async () => {
    let asked = 0;
    const embedder: PhotoEmbedder = {
      ...colourEmbedder,
      embed: (bytes, name) => {
        asked += 1;
        return colourEmbedder.embed(bytes, name);
      },
    };
    const { ask } = opened({ maxPixels: 400 }, { embedder: E.right(embedder) });
    const whole = colourJpeg(9, 9, 9, 16);
    for (const [bytes, words] of [
      [
        colourJpeg(1, 1, 1, 40),
        /the upload: cannot be used: it is 40 x 40 pixels .*the limit is .* allow more with the service's setting maxPixels/,
      ],
      [new TextEncoder().encode("<html>"), /it is a web page by its content, not a JPEG or PNG/],
      [whole.slice(0, 100), /the upload: cannot be used/],
    ] as const) {
      const problem = await problemOf(await ask("/api/search", posted(bytes, "image/jpeg")));
      expect(problem.status).toBe(422);
      expect(problem.detail).toMatch(words);
    }
    expect(asked).toBe(0);
  });

  it("that takes long to decode keeps nobody waiting but who sent it; a thread that dies of one is replaced", async () => {
    const decoders = openDecoders({ concurrent: 2, maxPixels: 1e8 });
    const square = (bytes: Uint8Array) =>
      decoders.decode({ kind: "square", bytes, name: "x", wish: { side: 8, filter: "lanczos", maxPixels: 1e8 } })();
    const order: string[] = [];
    const first = await square(colourJpeg(9, 8, 7));
    expect(first).toEqual(squareOf(colourJpeg(9, 8, 7), "x", { side: 8, filter: "lanczos", maxPixels: 1e8 }));
    // 6 megapixels, none of them passed over.
    const long = square(blankJpeg(2400, 2400, 22_500)).then((result) => order.push(E.isRight(result) ? "long" : result.left.message));
    let turns = 0;
    const beside = new Promise<void>((resolve) => {
      const turn = (): void => {
        turns += 1;
        if (turns < 3) setTimeout(turn, 1);
        else resolve(void order.push("others"));
      };
      setTimeout(turn, 1);
    });
    await Promise.all([long, beside]);
    expect(order).toEqual(["others", "long"]);
    const deadly = decoders.decode({ kind: "square", bytes: first as never, name: "y", wish: undefined as never });
    const inTime = <A>(work: Promise<A>) =>
      Promise.race([work, new Promise<"no answer">((resolve) => setTimeout(resolve, 8000, "no answer").unref())]);
    for (const result of await Promise.all([deadly(), deadly()].map(inTime)))
      expect(result).toMatchObject({ left: { message: "y: cannot be used: decoding it failed" } });
    expect(await inTime(square(colourJpeg(9, 8, 7)))).toEqual(first);
    await decoders.close();
  });

  it("that is not there, of another type or a broken form is refused", async () => {
    const { ask } = opened();
    expect((await problemOf(await ask("/api/search", posted(new Uint8Array(), "image/jpeg")))).status).toBe(400);
    expect((await problemOf(await ask("/api/search", posted('{"__proto__":{"polluted":1}}', "application/json")))).status).toBe(415);
    const bounded = "multipart/form-data; boundary=b";
    for (const [body, type, words] of [
      ["--b\r\n\r\n", "multipart/form-data", "the form has no boundary"],
      ["x", bounded, "the form does not begin with its boundary"],
      ["--b\r\nContent-Disposition: form-data; name=a; filename=a\r\n\r\nabc", bounded, "the form is cut short"],
      ["--b\r\nContent-Disposition: form-data; name=a\r\n\r\nabc\r\n--b--", bounded, "the form has no file in it"],
      [`--b${"\r\n\r\n\r\n--b".repeat(1000)}`, bounded, "the form has more parts than a picture needs"],
      [`--b\r\n${"X: y\r\n".repeat(1000)}\r\n\r\n--b--`, bounded, "the form has a part without an end of its header"],
    ] as const) {
      const problem = await problemOf(await ask("/api/search", posted(body, type)));
      expect(problem.status, body.slice(0, 40)).toBe(400);
      expect(problem.detail).toBe(words);
    }
  });

  it("is read no further than its bound, whatever it says of its length", async () => {
    const { ask } = opened({ maxUpload: 1 });
    expect((await problemOf(await ask("/api/search", posted(new Uint8Array(2 ** 20 + 1), "image/jpeg")))).status).toBe(413);
    const flood = streamed(1000, new Uint8Array(2 ** 16));
    const refused = await ask("/api/search", flood);
    expect((await problemOf(refused)).detail).toBe("the upload has more than 1 MiB");
    expect(flood.given()).toBeLessThan(20);
    const just = await problemOf(await ask("/api/search", posted(new Uint8Array(2 ** 20), "image/jpeg")));
    expect(just.status).toBe(422);
  });

  it("that does not come to its end is not waited for", async () => {
    const { ask } = opened({ timeout: 0.05 });
    const never = { method: "POST", body: new ReadableStream(), duplex: "half", headers: { "content-type": "image/jpeg" } };
    expect([408, 503]).toContain((await problemOf(await ask("/api/search", never as RequestInit))).status);
  });

  it("is refused where the network is not at hand; pictures of the index are found all the same", async () => {
    const { ask } = opened({}, { embedder: E.left(failed("its run is gone", { where: "/secret/run" })) });
    const problem = await problemOf(await ask("/api/search", posted(colourJpeg(1, 2, 3), "image/jpeg")));
    expect(problem).toMatchObject({ status: 503, detail: "uploads cannot be looked for: the index's network is not at hand" });
    await answerOf(await ask("/api/search?file=red/0.jpg"));
    expect(await (await ask("/api/about")).json()).toMatchObject({ uploads: false, engine: "its run is gone" });
    expect(fixture.lines.at(-3)).toContain("/secret/run");
  });
});

describe("a picture to be shown", () => {
  it("is the file, or a small JPEG of it, by its content alone", async () => {
    const { ask } = opened();
    const digest = digestOf("blue/2.jpg");
    const file = await ask(`/api/picture?digest=${digest}`);
    expect(file.headers.get("content-type")).toBe("image/jpeg");
    const whole = new Uint8Array(await file.arrayBuffer());
    expect(must(decodeImage(whole, "file"))).toMatchObject({ width: 24, height: 24 });
    const small = await ask(`/api/picture?digest=${digest}&side=16`);
    expect(must(decodeImage(new Uint8Array(await small.arrayBuffer()), "small"))).toMatchObject({ width: 16, height: 16 });
    const again = await ask(`/api/picture?digest=${digest}&side=16`, { headers: { "if-none-match": small.headers.get("etag") ?? "" } });
    expect(again.status).toBe(304);
    for (const query of [
      "digest=../secret.txt",
      "file=red/0.jpg",
      `digest=${digest}&side=0`,
      `digest=${digest}&side=1e9`,
      `digest=${digest}&digest=${digest}`,
    ])
      expect((await problemOf(await ask(`/api/picture?${query}`))).status, query).toBe(400);
    expect((await problemOf(await ask(`/api/picture?digest=${"0".repeat(32)}`))).status).toBe(404);
  });

  it("is not shown once the file is another, and an index that was made up leads to none", async () => {
    const [first] = fixture.entries;
    if (first === undefined) throw new Error("no entries");
    const path = join(fixture.root, "changed.jpg");
    const secret = await import("../src/store/index.js").then(({ contentHash }) =>
      contentHash(new TextEncoder().encode("nobody may see this")),
    );
    const made = indexOf(fixture.root, [
      { ...first, file: "changed.jpg" },
      { ...first, file: "../secret.txt", digest: secret },
      { ...first, file: join(fixture.root, "..", "secret.txt"), digest: secret.replace(/^./, "0") },
    ]);
    const { ask } = opened({}, { index: made });
    writeFileSync(path, colourJpeg(7, 7, 7));
    expect((await problemOf(await ask(`/api/picture?digest=${first.digest}`))).status).toBe(410);
    rmSync(path);
    expect((await problemOf(await ask(`/api/picture?digest=${first.digest}`))).status).toBe(410);
    for (const digest of [secret, secret.replace(/^./, "0")])
      expect((await problemOf(await ask(`/api/picture?digest=${digest}`))).status).toBe(410);
  });
});

describe("who is answered", () => {
  const about = "/api/about";

  it("calls the service by localhost, an address or a name that it was given: a name turned to it is refused", async () => {
    const { ask } = opened({ names: ["photos.lan"] });
    const as = async (host: string) => (await ask(about, { headers: { host } })).status;
    for (const host of [
      "localhost",
      "localhost:8080",
      "LOCALHOST",
      "127.0.0.1:1",
      "[::1]:8080",
      "192.168.0.3:80",
      "photos.lan:8080",
      "Photos.LAN.",
    ])
      expect(await as(host), host).toBe(200);
    for (const host of [
      "evil.example",
      "localhost.evil.example",
      "127.0.0.1.evil.example",
      "photos.lan.evil",
      "a b",
      "[::1",
      "[evil]",
      "localhost:x",
      "",
    ])
      expect(await as(host), host).toBe(403);
  });

  it("is no page of another origin, whether it says so itself or its browser does", async () => {
    const { ask } = opened();
    const from = async (headers: Record<string, string>, path = about) =>
      (await ask(path, { headers: { host: "localhost:8080", ...headers } })).status;
    expect(await from({ origin: "http://localhost:8080", "sec-fetch-site": "same-origin" })).toBe(200);
    expect(await from({ "sec-fetch-site": "none" })).toBe(200);
    for (const origin of [
      "http://evil.example",
      "http://localhost:8081",
      "null",
      "http://localhost",
      "file://",
      "http://localhost:8080.evil.example",
    ])
      expect(await from({ origin }), origin).toBe(403);
    for (const site of ["cross-site", "same-site", "anything"]) expect(await from({ "sec-fetch-site": site }), site).toBe(403);
    expect(await from({ "sec-fetch-site": "cross-site" }, "/")).toBe(200);
    const preflight = await ask("/api/search", { method: "OPTIONS", headers: { host: "localhost", origin: "http://evil.example" } });
    expect([...preflight.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
  });

  it("has the token, where there is one; the page itself and what says that the service lives need none", async () => {
    const { ask } = opened({ token: "correct horse battery" });
    const by = async (path: string, authorization?: string) =>
      (await ask(path, { headers: authorization === undefined ? {} : { authorization } })).status;
    for (const path of [about, "/api/labels", "/api/search?file=red/0.jpg", `/api/picture?digest=${digestOf("red/0.jpg")}`, "/metrics"]) {
      expect(await by(path), path).toBe(401);
      expect(await by(path, "Bearer correct horse batterz"), path).toBe(401);
      expect(await by(path, "Bearer correct horse batter"), path).toBe(401);
      expect(await by(path, "Basic correct horse battery"), path).toBe(401);
      expect(await by(path, "Bearer "), path).toBe(401);
      expect(await by(path, "bearer correct horse battery"), path).toBe(200);
    }
    for (const path of ["/", "/page.js", "/healthz", "/readyz"]) expect(await by(path), path).toBe(200);
    expect((await ask(about)).headers.get("www-authenticate")).toMatch(/^Bearer/);
    expect(fixture.lines.join("")).not.toContain("horse");
  });

  it("gets what belongs to the page with headers that keep it to itself", async () => {
    const { ask } = opened();
    for (const path of ["/", "/page.css", "/page.js", "/service.js", "/icon.svg", about, "/nowhere"]) {
      const { headers } = await ask(path);
      expect(headers.get("content-security-policy") ?? "", path).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/);
      expect(headers.get("x-content-type-options"), path).toBe("nosniff");
      expect(headers.get("cross-origin-resource-policy"), path).toBe("same-origin");
    }
    const page = await ask("/");
    const html = await page.text();
    expect(html).not.toMatch(/\son\w+=|<script(?![^>]*src=)|style=|https?:/);
    expect((await ask("/", { headers: { "if-none-match": page.headers.get("etag") ?? "" } })).status).toBe(304);
    expect(await (await ask("/page.js")).text()).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(/);
  });
});

describe("a question", () => {
  it("is checked name by name", async () => {
    const { ask } = opened();
    const file = "file=red/0.jpg";
    for (const [query, words] of [
      [`${file}&count=0`, /^count: it must be 1 or more$/],
      [`${file}&count=201`, /^count: it must be 200 or less$/],
      [`${file}&count=1e99`, /^count: it must be (?:a whole number|200 or less)$/],
      [`${file}&count=1.5`, /^count: it must be a whole number$/],
      [`${file}&count=NaN`, /^count: it must be a number$/],
      [`${file}&count=3&count=4`, /^count: it is given more than once$/],
      [`${file}&offset=-1`, /^offset: it must be 0 or more$/],
      [`${file}&under=0`, /^under: it must be more than 0$/],
      [`${file}&under=Infinity`, /^under: it must be a number$/],
      [`${file}&label=`, /^label: it must have 1 character or more$/],
      [`${file}&__proto__=1`, /^__proto__: there is no such parameter/],
      [`${file}&constructor[prototype]=1`, /there is no such parameter/],
      ["count=3", /^file: it is missing$/],
      [`file=${"x".repeat(4097)}`, /^file: it may have 4096 characters at most$/],
    ] as const) {
      const problem = await problemOf(await ask(`/api/search?${query}`));
      expect(problem.status, query.slice(0, 60)).toBe(400);
      expect(problem.detail, query.slice(0, 60)).toMatch(words);
    }
  });

  it("is described in OpenAPI by the same schemas", async () => {
    const { ask } = opened();
    const description = (await (await ask("/openapi.json")).json()) as {
      readonly openapi: string;
      readonly paths: Record<
        string,
        Record<
          string,
          {
            readonly parameters?: readonly { readonly name: string; readonly schema: object }[];
            readonly requestBody?: { readonly content: object };
          }
        >
      >;
      readonly components: { readonly schemas: object };
    };
    expect(description.openapi).toBe("3.1.0");
    expect(
      Object.entries(description.paths)
        .flatMap(([path, ways]) => Object.keys(ways).map((way) => `${way} ${path}`))
        .sort(),
    ).toEqual(["get /api/about", "get /api/labels", "get /api/picture", "get /api/search", "post /api/search"]);
    expect(description.paths["/api/search"]?.get?.parameters).toContainEqual(
      expect.objectContaining({
        name: "count",
        schema: expect.objectContaining({ type: "integer", minimum: 1, maximum: 200, default: 24 }),
      }),
    );
    expect(Object.keys(description.paths["/api/search"]?.post?.requestBody?.content ?? {})).toEqual(["image/*", "multipart/form-data"]);
    expect(Object.keys(description.components.schemas).sort()).toEqual(["About", "Found", "Labels", "Match", "Problem"]);
  });

  it("of another path or method is answered with what there is", async () => {
    const { ask } = opened();
    expect((await problemOf(await ask("/nowhere"))).status).toBe(404);
    const wrong = await ask("/api/search", { method: "DELETE" });
    expect((await problemOf(wrong)).status).toBe(405);
    expect(wrong.headers.get("allow")).toBe("GET, HEAD, POST");
    expect((await ask("/api/labels", { method: "HEAD" })).status).toBe(200);
    expect(await (await ask("/api/labels")).json()).toEqual({
      labels: ["blue", "green", "red"].map((label) => ({ label, count: 5 })),
    });
  });

  it("to an index that fails is a problem without the place, which the log has", async () => {
    const broken = failed("the database says: no", { where: "postgres://secret" });
    const index = { ...indexOf(fixture.root, fixture.entries), find: () => TE.left(broken), labels: () => TE.left(broken) };
    const { ask } = opened({}, { index });
    for (const path of ["/api/search?file=red/0.jpg", "/api/labels"]) {
      expect((await problemOf(await ask(path))).status).toBe(503);
      expect(JSON.parse(fixture.lines.at(-1) ?? "")).toMatchObject({ status: 503, cause: "postgres://secret: the database says: no" });
    }
    const thrown = opened({}, { index: { ...index, entryOf: () => () => Promise.reject(new Error("boom at /secret")) } });
    expect((await problemOf(await thrown.ask("/api/search?file=red/0.jpg"))).status).toBe(500);
  });

  it("that parts of the index did not answer says so, and not where they are", async () => {
    const whole = indexOf(fixture.root, fixture.entries);
    const index: typeof whole = {
      ...whole,
      find: (aim, asked) =>
        TE.map(
          (found: Answer | object) =>
            ({ ...found, exact: false, missing: [failed("does not answer", { where: "/secret/shard" })] }) as never,
        )(whole.find(aim, asked)),
    };
    const { missing } = await answerOf(await opened({}, { index }).ask("/api/search?file=red/0.jpg"));
    expect(missing).toEqual(["does not answer"]);
  });
});

describe("many at once", () => {
  /** An embedder that is done when it is told to be. */
  const held = () => {
    const waiting: (() => void)[] = [];
    let most = 0;
    let running = 0;
    const embedder = {
      ...colourEmbedder,
      embed: (bytes: Uint8Array, name: string) => async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise<void>((resolve) => waiting.push(resolve));
        running -= 1;
        return colourEmbedder.embed(bytes, name)();
      },
    };
    const until = async (met: () => boolean): Promise<void> => {
      for (let turns = 0; !met() && turns < 1000; turns++) await new Promise((resolve) => setImmediate(resolve));
    };
    const release = (): void => {
      for (const go of waiting.splice(0)) go();
    };
    return { embedder, until, count: () => waiting.length, most: () => most, release };
  };

  it("are worked on so many at a time, wait so many, and others are told to come again", async () => {
    const { embedder, until, count, most, release } = held();
    const { ask } = opened({ concurrent: 2, waiting: 2 }, { embedder: E.right(embedder) });
    const asked = [1, 2, 3, 4, 5, 6].map((shade) => ask("/api/search?count=1", posted(colourJpeg(shade, shade, shade), "image/jpeg")));
    const refused = await Promise.all(asked.slice(4));
    for (const response of refused) {
      expect((await problemOf(response)).status).toBe(503);
      expect(response.headers.get("retry-after")).toBe("1");
    }
    await until(() => count() === 2);
    expect(await (await ask("/metrics")).text()).toMatch(/^mdr_places_taken 4$/m);
    release();
    await until(() => count() === 2);
    release();
    for (const response of await Promise.all(asked.slice(0, 4))) await answerOf(response);
    expect(most()).toBe(2);
    expect(await (await ask("/metrics")).text()).toMatch(/^mdr_places_taken 0$/m);
  });

  it("that take too long are answered, and keep their place until they end", async () => {
    const { embedder, until, count, release } = held();
    const { ask } = opened({ concurrent: 1, waiting: 0, timeout: 0.05 }, { embedder: E.right(embedder) });
    const late = await ask("/api/search", posted(colourJpeg(1, 1, 1), "image/jpeg"));
    expect((await problemOf(late)).detail).toBe("the answer took longer than 0.05 s");
    expect((await ask("/api/search", posted(colourJpeg(2, 2, 2), "image/jpeg"))).status).toBe(503);
    expect(count()).toBe(1);
    release();
    await until(() => false);
    await answerOf(await ask("/api/search?file=red/0.jpg"));
  });
});

describe("an index that was written anew", () => {
  it("answers from then on; what was begun before is answered by the one that it began with, which is closed after it", async () => {
    const closed: string[] = [];
    const named = (name: string, labels: readonly string[]): Served => ({
      index: {
        ...indexOf(
          fixture.root,
          fixture.entries.filter(({ label }) => labels.includes(label ?? "")),
        ),
        close: async () => void closed.push(name),
      },
      embedder: E.right(embedder),
      threshold: undefined,
    });
    let go = (): void => {};
    const gone = new Promise<void>((resolve) => {
      go = resolve;
    });
    const embedder: PhotoEmbedder = {
      ...colourEmbedder,
      embed: (bytes, name) => async () => {
        await gone;
        return colourEmbedder.embed(bytes, name)();
      },
      close: async () => void closed.push("network"),
    };
    const other: PhotoEmbedder = { ...embedder, close: async () => void closed.push("other network") };
    let stamp = "1";
    let tried = 0;
    let next: E.Either<ReturnType<typeof failed>, Served> = E.left(failed("is damaged"));
    const told: boolean[] = [];
    const serving = renewing(named("first", ["red"]), stamp, {
      stamp: () => stamp,
      open: async () => {
        tried += 1;
        return next;
      },
      onRenewed: (result) => told.push(E.isRight(result)),
    });
    const { ask } = opened({}, { serving });
    const labels = async (): Promise<readonly string[]> => {
      const { labels: all } = (await (await ask("/api/labels")).json()) as { readonly labels: readonly { readonly label: string }[] };
      return all.map(({ label }) => label);
    };
    await serving.look();
    expect(tried).toBe(0);
    const begun = ask("/api/search?count=1", posted(colourJpeg(1, 2, 3), "image/jpeg"));
    for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setImmediate(resolve));

    stamp = "2";
    await serving.look();
    await serving.look();
    expect([tried, await labels()]).toEqual([1, ["red"]]);

    stamp = "3";
    next = E.right(named("second", ["blue", "green"]));
    await Promise.all([serving.look(), serving.look()]);
    expect(await labels()).toEqual(["blue", "green"]);
    expect([tried, closed]).toEqual([2, []]);
    stamp = "4";
    next = E.right({ ...named("third", ["green"]), embedder: E.right(other) });
    await serving.look();
    expect(await labels()).toEqual(["green"]);
    expect(closed).toEqual([]);
    go();
    expect((await answerOf(await begun)).matches.map(({ label }) => label)).toEqual(["red"]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(closed).toEqual(["first", "second", "network"]);
    expect(told).toEqual([false, true, true]);
    await serving.close();
    expect(closed).toEqual(["first", "second", "network", "third", "other network"]);
  });

  it("is seen by its file, and one that is damaged leaves the answers as they were", async () => {
    const place = join(fixture.root, "..", "photos.db");
    const { count: _, ...about } = indexOf(fixture.root, fixture.entries).about;
    const write = (entries: typeof fixture.entries) => must(writeGallery(galleryFile(place), galleryOf(about, 1, entries)));
    write(fixture.entries);
    const lines: string[] = [];
    const wanted = { places: [place], run: undefined, options: {}, threshold: 0.5, log: (line: string) => void lines.push(line) };
    const serving = must(await openServed(wanted)());
    const { ask } = opened({}, { serving });
    const said = async () => (await (await ask("/api/about")).json()) as { readonly pictures: number; readonly threshold: number };
    expect(await said()).toMatchObject({ pictures: 15, threshold: 0.5 });
    write(fixture.entries.slice(0, 4));
    await serving.look();
    expect(await said()).toMatchObject({ pictures: 4, threshold: 0.5 });
    writeFileSync(galleryFile(place), "no gallery");
    await serving.look();
    expect((await said()).pictures).toBe(4);
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { event: "index", pictures: 4 },
      { event: "index", cause: expect.stringContaining("is damaged") },
    ]);
    await serving.close();
  });
});

describe("what is known of requests", () => {
  it("is a line of JSON each, without a picture, and counts in Prometheus' format", async () => {
    const { ask } = opened();
    const before = fixture.lines.length;
    await ask("/api/search?file=red/0.jpg");
    await ask("/api/search", posted(colourJpeg(1, 2, 3), "image/jpeg"));
    await ask(`/${"x".repeat(5000)}%0a`, { method: "GET" });
    const lines = fixture.lines.slice(before);
    expect(lines).toHaveLength(3);
    const logged = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(logged.map(({ method, status }) => `${method} ${status}`)).toEqual(["GET 200", "POST 200", "GET 404"]);
    expect(logged[1]?.received).toBe(colourJpeg(1, 2, 3).length);
    expect(new Set(logged.map(({ id }) => id)).size).toBe(3);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(500);
    const text = await (await ask("/metrics")).text();
    expect(text).toContain('mdr_requests_total{method="GET",route="/api/search",status="200"} 1\n');
    expect(text).toContain('mdr_requests_total{method="GET",route="other",status="404"} 1\n');
    expect(text).toMatch(/^mdr_request_seconds_bucket\{route="\/api\/search",le="\+Inf"\} 2$/m);
    expect(text).toMatch(/^mdr_request_seconds_count\{route="\/api\/search"\} 2$/m);
    expect(text).toMatch(/^mdr_index_pictures 15$/m);
    expect(text).toMatch(/^mdr_in_flight 1$/m);
    const buckets = [...text.matchAll(/^mdr_request_seconds_bucket\{route="\/api\/search",le="[^"]+"\} (\d+)$/gm)].map(([, count]) =>
      Number(count),
    );
    expect(buckets).toEqual([...buckets].sort((a, b) => a - b));
    expect(text).not.toMatch(/[^\n]$/);
  });
});

describe("settings", () => {
  it("come from flags and the environment; others than this machine need a token, and a short one is none", async () => {
    expect(must(serveSettings({ port: "0", names: "a,b", maxUpload: "3" }, { MDR_TOKEN: "sixteen letters!" }))).toMatchObject({
      host: "127.0.0.1",
      port: 0,
      names: ["a", "b"],
      maxUpload: 3,
      token: "sixteen letters!",
    });
    expect(serveSettings({ port: "70000" }, {})).toMatchObject({ left: { kind: "usage", what: expect.stringContaining('"port"') } });
    expect(serveSettings({ host: "0.0.0.0" }, {})).toMatchObject({ left: { what: expect.stringContaining("{token}") } });
    expect(E.isRight(serveSettings({ host: "0.0.0.0", token: "sixteen letters!" }, {}))).toBe(true);
    const short = await listen(fixture.service({ token: "short one" }))();
    expect(short).toMatchObject({ left: { kind: "usage", where: "{token}" } });
    expect(JSON.stringify(short)).not.toContain("short one");
  });
});

describe("at a port", () => {
  it("answers, is not confused by what is no HTTP, and ends once what it began is answered", async () => {
    let release = (): void => {};
    const begun = new Promise<void>((started) => {
      release = started;
    });
    let go = (): void => {};
    const gone = new Promise<void>((resolve) => {
      go = resolve;
    });
    const slow = {
      ...colourEmbedder,
      embed: (bytes: Uint8Array, name: string) => async () => {
        release();
        await gone;
        return colourEmbedder.embed(bytes, name)();
      },
    };
    const service = fixture.service({ port: 0 }, { embedder: E.right(slow) });
    const { address, close } = must(await listen(service)());
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    expect(await (await fetch(`${address}healthz`)).text()).toBe("ok\n");
    expect((await fetch(`${address}api/search?file=../secret.txt`)).status).toBe(404);
    const taken = await listen({ ...service, settings: { ...service.settings, port: Number(new URL(address).port) } })();
    const occupied = { left: { what: "another program listens there: choose another {port}" } };
    expect(taken).toMatchObject(occupied);
    const place = { ...service.settings, port: Number(new URL(address).port) };
    expect(await listenable(place)()).toMatchObject(occupied);
    const late = await mdr("serve", "no-such-index.db", "--port", String(place.port));
    expect([late.code, late.said]).toEqual([1, expect.stringContaining("another program listens there: choose another --port")]);
    expect(await listenable({ ...place, port: 0 })()).toEqual(E.right(undefined));
    const said = await new Promise<string>((resolve) => {
      const socket = connect(Number(new URL(address).port), "127.0.0.1", () =>
        socket.end("GET /../../etc/passwd HTTP/1.1\r\nHost: evil example\r\n\r\n"),
      );
      let text = "";
      socket.on("data", (bytes) => {
        text += String(bytes);
      });
      socket.on("close", () => resolve(text));
    });
    expect(said).toMatch(/^HTTP\/1\.1 40[0-4] /);
    const asked = fetch(`${address}api/search?count=1`, posted(colourJpeg(3, 200, 3), "image/jpeg"));
    await begun;
    let closed = false;
    const closing = close().then(() => {
      closed = true;
    });
    await expect(fetch(`${address}healthz`)).rejects.toThrow();
    expect(closed).toBe(false);
    go();
    expect((await answerOf(await asked)).matches[0]?.label).toBe("green");
    await closing;
  });

  it("sends new requests away once it is about to stop", async () => {
    const { ask, stop } = opened();
    expect((await ask("/readyz")).status).toBe(200);
    stop();
    const refused = await ask("/api/labels");
    expect((await problemOf(refused)).status).toBe(503);
    expect(refused.headers.get("connection")).toBe("close");
    expect((await ask("/readyz")).status).toBe(503);
    expect((await ask("/healthz")).status).toBe(200);
  });
});
