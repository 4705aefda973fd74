/** What went wrong, as a client is told: a problem document (RFC 9457) in a fault's words. A stack or a path of this machine is in none. */
import { STATUS_CODES } from "node:http";
import { z } from "zod";
import { type Fault, sentence } from "../faults/index.js";

export const problemSchema = z
  .strictObject({
    type: z.string().describe("about:blank: the status says what kind it is"),
    title: z.string().describe("the status in words"),
    status: z.int(),
    detail: z.string().describe("what went wrong, and where"),
    remedy: z.string().optional().describe("what to do about it"),
    instance: z.string().describe("the request's number in the service's log"),
  })
  .meta({ id: "Problem", description: "What went wrong (RFC 9457)." });

export type ProblemDocument = z.infer<typeof problemSchema>;

/** Statuses of problems. */
export const statuses = [400, 401, 403, 404, 405, 408, 410, 413, 415, 422, 500, 503] as const;
export type ProblemStatus = (typeof statuses)[number];

export interface Problem {
  readonly status: ProblemStatus;
  readonly detail: string;
  readonly remedy?: string;
  /** Headers that belong to it. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What the log is told and the client is not. */
  readonly cause?: string;
}

/** Who sends a request can set nothing, and may ask whoever can. */
const ofService = (setting: string): string => `the service's setting ${setting}`;

/** Something about the request; the fault names nothing but what the client sent. */
export const problem = (status: ProblemStatus, fault: Pick<Fault, "where" | "what" | "remedy">): Problem => ({
  status,
  detail: sentence({ ...fault, remedy: "" }, ofService),
  ...(fault.remedy === "" ? {} : { remedy: sentence({ where: "", what: "", remedy: fault.remedy }, ofService) }),
});

/** Something behind the service: where it was is for the log. */
export const failure = (what: string, fault: Fault, status: 500 | 503 = 500): Problem => ({ status, detail: what, cause: fault.message });

/** Whoever comes again in a second may have more luck. */
export const busy = (what: string): Problem => ({
  status: 503,
  detail: what,
  remedy: "come again in a moment",
  headers: { "Retry-After": "1" },
});

export const documentOf = ({ status, detail, remedy }: Problem, instance: string): ProblemDocument => ({
  type: "about:blank",
  title: STATUS_CODES[status] ?? "",
  status,
  detail,
  ...(remedy === undefined ? {} : { remedy }),
  instance,
});
