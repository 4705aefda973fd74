/** What is set of the service. The same fields check flags, tell clients their limits and stand in the API's description. */
import * as E from "fp-ts/lib/Either.js";
import { z } from "zod";
import { type Fault, misused } from "../faults/index.js";
import { defaultMaxPixels } from "../pictures/index.js";
import { positive, type Rule, table, type ValuesOf, whole } from "../settings/index.js";
import { isOwnAddress } from "./trust.js";

/** A token that is shorter can be guessed. */
const shortestToken = 16;

export const serveFields = {
  host: z.string().min(1).default("127.0.0.1").describe("address to listen at; one that others reach needs a token"),
  port: whole(0, 65_535).default(8080).describe("port to listen at; 0 for any that is free"),
  names: z
    .array(z.string().min(1))
    .default([])
    .describe("names besides localhost that the service is called by, behind a proxy or on a network"),
  token: z.string().default("").describe(`what a client must know, ${shortestToken} characters or more`),
  maxUpload: whole(1, 1024).default(20).describe("largest upload, in MiB"),
  maxPixels: whole(1).default(defaultMaxPixels).describe("most pixels of a picture that is decoded"),
  timeout: positive().max(3600).default(30).describe("seconds that a request may take"),
  concurrent: whole(1, 256).default(2).describe("how many requests are worked on at once"),
  waiting: whole(0, 10_000).default(30).describe("how many more may wait; others are told to come again"),
  threshold: positive().optional().describe("distance below which pictures are taken for the same thing"),
} as const;

export type ServeSettings = ValuesOf<typeof serveFields>;

const openToOthers: Rule = ({ host, token }) =>
  typeof host === "string" && !isOwnAddress(host) && token === ""
    ? { setting: "host", what: "others could reach the service there, and everyone would see the pictures: give a {token} as well" }
    : undefined;

export const serveTable = table(serveFields, [openToOthers]);

/** Settings that a service may begin with. Left: a token that is no secret; it is not repeated. */
export const secured = (settings: ServeSettings): E.Either<Fault, ServeSettings> =>
  settings.token.length > 0 && settings.token.length < shortestToken
    ? E.left(
        misused(`it has ${settings.token.length} characters and could be guessed`, {
          where: "{token}",
          remedy: `use ${shortestToken} or more`,
        }),
      )
    : E.right(settings);

/** Bytes of the largest upload. */
export const uploadBytes = ({ maxUpload }: Pick<ServeSettings, "maxUpload">): number => maxUpload * 2 ** 20;
