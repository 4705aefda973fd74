/** The packages that a queue needs. They are installed by whoever wants one, and loaded when it is asked for. */
import * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import { type Fault, failed, reasonOf } from "../faults/index.js";

/** A bundler takes an import that is caught for one that may fail, and does not insist on a package that is not installed. */
const absent = (thrown: unknown): never => {
  throw thrown;
};

export interface Packages {
  readonly bullmq: Pick<typeof import("bullmq"), "Job" | "Queue" | "UnrecoverableError" | "WaitingError" | "Worker">;
  readonly ioredis: Pick<typeof import("ioredis"), "Redis">;
}

type Loaders = { readonly [Name in keyof Packages]: () => Promise<Packages[Name]> };

const installed: Loaders = {
  bullmq: () => import("bullmq").catch(absent),
  ioredis: () => import("ioredis").catch(absent),
};

/** BullMQ and ioredis; left where one of them is not there. */
export const loadPackages =
  (loaders: Loaders = installed): TE.TaskEither<Fault, Packages> =>
  async () => {
    try {
      const [bullmq, ioredis] = await Promise.all([loaders.bullmq(), loaders.ioredis()]);
      return E.right({ bullmq, ioredis });
    } catch (thrown) {
      return E.left(
        failed(`a queue needs two packages that are not both installed (${reasonOf(thrown).split("\n")[0]})`, {
          remedy: "`npm install bullmq ioredis`",
        }),
      );
    }
  };
