/** Whatever is asked of the service, it answers in time, with a status that is meant, without a stack, a path or a file of this machine, and nothing of the program is changed. */
import fc from "fast-check";
import * as E from "fp-ts/lib/Either.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serviceApp } from "../src/serve/index.js";
import { colourJpeg, type Fixture, serviceFixture } from "../test/fixtures/service.js";

const numRuns = Number(process.env["FC_RUNS"] ?? 300);

let fixture: Fixture;
beforeAll(() => {
  fixture = serviceFixture();
});
afterAll(() => fixture.remove());

const meant: ReadonlySet<number> = new Set([200, 304, 400, 401, 403, 404, 405, 408, 410, 413, 415, 422, 503]);

const jpeg = colourJpeg(10, 200, 30);

/** Pieces that have led out of folders, into prototypes and through parsers elsewhere. */
const nasty = fc.constantFrom(
  ..."../ ..%2f %2e%2e/ ..\\ %5c..%5c %00 %0d%0aX:1 /etc/passwd secret.txt ../secret.txt file:///etc/passwd C:\\ ~ . // %ff %c0%ae %u002e __proto__ constructor prototype toString 1e309 -1 0x10 NaN 99999999999999999999 ' \" ; -- <script> ${7*7} {{7*7}} '$(id)".split(
    " ",
  ),
);

const text = fc.oneof(
  nasty,
  fc.string({ maxLength: 20 }),
  fc.array(nasty, { maxLength: 6 }).map((pieces) => pieces.join("")),
);

const known = fc.constantFrom(
  "/",
  "/page.js",
  "/healthz",
  "/readyz",
  "/metrics",
  "/openapi.json",
  "/api/search",
  "/api/picture",
  "/api/labels",
  "/api/about",
);

const path = fc.oneof(
  known,
  fc.tuple(known, text).map(([before, after]) => `${before}/${after}`),
  text.map((one) => `/${one}`),
);

const name = fc.oneof(fc.constantFrom("file", "count", "offset", "under", "label", "digest", "side"), text);
const value = fc.oneof(
  text,
  fc.constantFrom("red/0.jpg", "1", "24", "0.5"),
  fc.integer().map(String),
  fc.double().map(String),
  fc.constantFrom(...[0, 1, 2].map((at) => String(at).repeat(32))),
);
const query = fc
  .array(fc.tuple(name, value), { maxLength: 5 })
  .map((pairs) => pairs.map(([key, given]) => `${encodeURIComponent(safe(key))}=${encodeURIComponent(safe(given))}`).join("&"));

/** Halves of pairs cannot be encoded. */
const safe = (given: string): string => given.replace(/\p{Cs}/gu, "?");

const headerText = text.map((one) => one.replace(/[^\x20-\x7e]/g, "").trim());
const headers = fc.array(
  fc.tuple(
    fc.constantFrom(
      "host",
      "origin",
      "sec-fetch-site",
      "authorization",
      "content-type",
      "content-length",
      "if-none-match",
      "range",
      "x-forwarded-host",
      "cookie",
      "accept",
      "x-http-method-override",
    ),
    fc.oneof(
      headerText,
      fc.constantFrom(
        "localhost",
        "127.0.0.1:80",
        "http://localhost",
        "null",
        "same-origin",
        "Bearer x",
        "image/jpeg",
        "multipart/form-data; boundary=b",
        "multipart/form-data; boundary=",
        "application/json",
        "5",
        "99999999999999999999",
        "-1",
      ),
    ),
  ),
  { maxLength: 4 },
);

const part = fc.tuple(
  fc.constantFrom("", "Content-Disposition: form-data; name=a; filename=a", "Content-Disposition: form-data; name=a", "X: y", "\0", ": "),
  fc.oneof(fc.constant(jpeg), fc.uint8Array({ maxLength: 50 })),
);

const form = fc.tuple(fc.array(part, { maxLength: 30 }), fc.nat({ max: 3000 }), fc.boolean()).map(([parts, cut, isCut]) => {
  const whole = Buffer.concat([
    ...parts.map(([head, content]) => Buffer.concat([Buffer.from(`--b\r\n${head}\r\n\r\n`), content, Buffer.from("\r\n")])),
    Buffer.from("--b--\r\n"),
  ]);
  return Uint8Array.from(isCut ? whole.subarray(0, cut) : whole);
});

/** A picture with some of its bytes replaced, its claims of size among them. */
const damaged = fc
  .tuple(
    fc.array(fc.tuple(fc.nat({ max: jpeg.length - 1 }), fc.integer({ min: 0, max: 255 })), { maxLength: 8 }),
    fc.nat({ max: jpeg.length }),
    fc.boolean(),
  )
  .map(([changes, cut, isCut]) => {
    const bytes = Uint8Array.from(jpeg);
    for (const [at, byte] of changes) bytes[at] = byte;
    return isCut ? bytes.slice(0, cut) : bytes;
  });

/** A PNG that claims 60,000 x 60,000 pixels in a few bytes. */
const bomb = Uint8Array.from(Buffer.from("89504e470d0a1a0a0000000d494844520000ea600000ea60080200000000000000", "hex"));

const body = fc.oneof(
  form,
  damaged,
  fc.constant(bomb),
  fc.uint8Array({ maxLength: 300 }),
  fc.constant(new TextEncoder().encode('{"__proto__":{"polluted":true}}')),
);

const method = fc.constantFrom("GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND", "get", "X");

interface Given {
  readonly way: string;
  readonly at: string;
  readonly asked: string;
  readonly heads: readonly (readonly [string, string])[];
  readonly bytes: Uint8Array;
}

const typed = fc
  .constantFrom("image/jpeg", "image/png", "multipart/form-data; boundary=b", 'multipart/form-data; boundary="b"')
  .map((type): Given["heads"] => [["content-type", type]]);

const nothing = fc.constant(new Uint8Array());
const plain = fc.constant<Given["heads"]>([]);

/** Anything at all is mostly sent away at the door; the others come as far as the parsers. */
const given: fc.Arbitrary<Given> = fc.oneof(
  fc.record({ way: method, at: path, asked: query, heads: headers, bytes: body }),
  fc.record({
    way: fc.constant("POST"),
    at: fc.constant("/api/search"),
    asked: fc.constantFrom("", "count=3", "count=3&offset=2&label=red"),
    heads: typed,
    bytes: body,
  }),
  fc.record({ way: fc.constant("GET"), at: known, asked: query, heads: plain, bytes: nothing }),
  fc.record({
    way: fc.constant("GET"),
    at: fc.constantFrom("/api/search", "/api/picture"),
    asked: fc.tuple(fc.constantFrom("file", "digest"), value).map(([key, one]) => `${key}=${encodeURIComponent(safe(one))}`),
    heads: plain,
    bytes: nothing,
  }),
);

describe("hostile requests", () => {
  test("are answered, each by itself and with nothing left behind", async () => {
    const token = "sixteen letters!";
    const apps = [{}, { token }, { maxUpload: 1, names: ["photos.lan"] }].map((settings) => {
      const made = serviceApp(fixture.service(settings));
      if (E.isLeft(made)) throw new Error(made.left.message);
      return made.right.app;
    });
    const untouched = JSON.stringify(Object.getOwnPropertyNames(Object.prototype));
    const counts = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: apps.length - 1 }), given, async (which, { way, at, asked, heads, bytes }) => {
        const url = URL.canParse(`http://localhost${at}?${asked}`) ? `http://localhost${at}?${asked}` : `http://localhost/?${asked}`;
        const request = new Request(url, {
          method: way,
          headers: [...heads] as [string, string][],
          ...(way === "GET" || way === "HEAD" || way === "get" ? {} : { body: Uint8Array.from(bytes) }),
        });
        const response = await apps[which]?.request(request);
        if (response === undefined) throw new Error("no such service");
        const said = Buffer.from(await response.arrayBuffer()).toString("latin1");
        counts.set(response.status, (counts.get(response.status) ?? 0) + 1);
        expect(meant, `${way} ${url}: ${response.status} ${said}`).toContain(response.status);
        if (!response.headers.get("content-type")?.startsWith("text/javascript"))
          expect(said).not.toMatch(/nobody may see this|root:|\/hidden|node_modules|\n {4}at |\.ts:\d/);
        expect([...response.headers.keys()].some((header) => header.startsWith("access-control"))).toBe(false);
        expect(response.headers.get("content-security-policy")).toMatch(/^default-src 'none'/);
        expect("polluted" in {}).toBe(false);
      }),
      { numRuns },
    );
    expect(JSON.stringify(Object.getOwnPropertyNames(Object.prototype))).toBe(untouched);
    // The requests were not all sent away at the door.
    for (const status of [200, 400, 403, 422]) expect(counts.get(status) ?? 0, JSON.stringify([...counts])).toBeGreaterThan(0);
    for (const app of apps)
      expect(await (await app.request("/metrics", { headers: { authorization: `Bearer ${token}` } })).text()).toMatch(
        /^mdr_places_taken 0$/m,
      );
  });
});
