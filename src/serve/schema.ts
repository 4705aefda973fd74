/** The API in schemas: what is asked, what is answered. Requests are checked by them, and the description in OpenAPI is made of them. */
import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import { problemSchema } from "./problem.js";

/** Most pictures of one answer, and how far it may lie behind the nearest. */
export const mostMatches = 200;
const farthestPage = 100_000;

const digest = z
  .string()
  .regex(/^[0-9a-f]{32}$/, "32 digits and letters from a to f")
  .describe("the picture's content: 128 bits of SHA-256, in hexadecimal");

/** A query holds text. */
const number = z.coerce.number<string>();

export const askedSchema = z.strictObject({
  count: number.int().min(1).max(mostMatches).default(24).describe("how many pictures, at most"),
  offset: number.int().min(0).max(farthestPage).default(0).describe("how many of the nearest to pass over: the pages before"),
  under: number.positive().optional().describe("only what is nearer than this distance"),
  label: z.string().min(1).max(1024).normalize("NFC").optional().describe("only pictures of this class"),
});

const fromIndex = z.strictObject({
  ...askedSchema.shape,
  file: z.string().min(1).max(4096).describe("a picture of the index, by its path there"),
});

const matchSchema = z
  .strictObject({
    file: z.string().describe("its path below the folder that was indexed"),
    label: z.string().nullable().describe("its class; null for a picture beside the classes' folders"),
    digest,
    distance: z.number().min(0).describe("Euclidean, in the embedding"),
    same: z.boolean().describe("whether it is the picture that was asked with, byte for byte"),
  })
  .meta({ id: "Match", description: "A picture that was found." });

export const foundSchema = z
  .strictObject({
    query: z.strictObject({ file: z.string().nullable().describe("its path, where it was one of the index"), digest }),
    matches: z.array(matchSchema).describe("nearest first"),
    more: z.boolean().describe("whether there are others behind these"),
    exact: z.boolean().describe("whether nothing nearer can be missing"),
    missing: z.array(z.string()).describe("parts of the index that gave no answer, and why"),
    threshold: z.number().nullable().describe("distance below which pictures are taken for the same thing; null where nobody knows"),
  })
  .meta({ id: "Found", description: "What is near to a picture." });

export type FoundAnswer = z.infer<typeof foundSchema>;

export const labelsSchema = z
  .strictObject({ labels: z.array(z.strictObject({ label: z.string(), count: z.int().min(0) })) })
  .meta({ id: "Labels", description: "The classes, and how many pictures each has." });

export const aboutSchema = z
  .strictObject({
    pictures: z.int().min(0).describe("how many there are"),
    width: z.int().describe("numbers of an embedding"),
    run: z.string().describe("the run whose network made them; empty where it has no name"),
    part: z.strictObject({ number: z.int(), of: z.int() }).describe("which share of the folder's pictures the index has"),
    uploads: z.boolean().describe("whether pictures from outside the index can be looked for"),
    engine: z.string().describe("what looks at uploads, or why nothing does"),
    threshold: foundSchema.shape.threshold,
    limits: z.strictObject({ uploadBytes: z.int(), pixels: z.int(), matches: z.int(), seconds: z.number() }),
    version: z.string(),
  })
  .meta({ id: "About", description: "The index and the service's limits." });

export const pictureSchema = z.strictObject({
  digest,
  side: number.int().min(16).max(1024).optional().describe("a small JPEG that fits into a square of so many pixels; without it the file"),
});

const json = <S extends z.ZodType>(schema: S, description: string) => ({ description, content: { "application/json": { schema } } });

/** What any of them may answer instead. */
const problems = {
  default: { description: "What went wrong, in words", content: { "application/problem+json": { schema: problemSchema } } },
} as const;

const guarded = { security: [{ token: [] }, {}] };

export const searchByPicture = createRoute({
  method: "post",
  path: "/api/search",
  summary: "The pictures most like one that is sent",
  ...guarded,
  request: {
    query: askedSchema,
    body: {
      description: "a JPEG or PNG file, as it is or as the file of a form",
      content: {
        "image/*": { schema: z.string().meta({ format: "binary" }) },
        "multipart/form-data": { schema: z.strictObject({ picture: z.string().meta({ format: "binary" }) }) },
      },
    },
  },
  responses: { 200: json(foundSchema, "The nearest"), ...problems },
});

export const searchByFile = createRoute({
  method: "get",
  path: "/api/search",
  summary: "The pictures most like one of the index, which is among them",
  ...guarded,
  request: { query: fromIndex },
  responses: { 200: json(foundSchema, "The nearest"), ...problems },
});

export const pictureOf = createRoute({
  method: "get",
  path: "/api/picture",
  summary: "A picture of the index",
  ...guarded,
  request: { query: pictureSchema },
  responses: {
    200: {
      description: "The picture",
      content: {
        "image/jpeg": { schema: z.string().meta({ format: "binary" }) },
        "image/png": { schema: z.string().meta({ format: "binary" }) },
      },
    },
    304: { description: "As it was" },
    ...problems,
  },
});

export const labelsOf = createRoute({
  method: "get",
  path: "/api/labels",
  summary: "The classes",
  ...guarded,
  responses: { 200: json(labelsSchema, "The classes by name"), ...problems },
});

export const aboutOf = createRoute({
  method: "get",
  path: "/api/about",
  summary: "The index, and what the service takes",
  ...guarded,
  responses: { 200: json(aboutSchema, "The index"), ...problems },
});
