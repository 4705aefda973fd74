/**
 * A connection to Redis. One that never was is a fault at once; one that was and is lost is waited for, which is said, for a server
 * is restarted now and then and a night of training is worth more than its pause.
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import type { Redis } from "ioredis";
import { type Fault, failed, reasonOf } from "../faults/index.js";
import type { Address } from "./address.js";
import { loadPackages, type Packages } from "./packages.js";
import { within } from "./within.js";

/** How a server is reached, as ioredis and BullMQ take it. */
interface Access {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: object;
  readonly connectTimeout: number;
  readonly maxRetriesPerRequest: null;
}

export interface Connection {
  readonly address: Address;
  readonly packages: Packages;
  /** How further connections to the same server are made; they too wait for a server that is gone for a while. */
  readonly options: Access & { readonly retryStrategy: (times: number) => number };
  readonly close: () => void;
}

/** Told what happens to the connection, in words. */
export type OnLink = (words: string) => void;

/** The first with all that the queue uses. */
const oldest = [6, 2] as const;

const patience = 5000;

/** Milliseconds before the next attempt: soon at first, every two seconds at most. */
export const retryAfter = (times: number): number => Math.min(100 * times, 2000);

const optionsOf = ({ host, port, database, username, password, encrypted }: Address): Access => ({
  host,
  port,
  db: database,
  ...(username === undefined ? {} : { username }),
  ...(password === undefined ? {} : { password }),
  ...(encrypted ? { tls: {} } : {}),
  connectTimeout: patience,
  maxRetriesPerRequest: null,
});

/** What a server that cannot be used said, and what to do about it. */
const unusable = ({ shown, encrypted }: Address, reason: string): Fault => {
  if (/NOAUTH|WRONGPASS|NOPERM|invalid password/i.test(reason))
    return failed("the server wants a user and a password, or others than these", {
      where: shown,
      remedy: "put them into the address, redis://USER:PASSWORD@HOST, or the password into the environment variable MDR_QUEUE_PASSWORD",
    });
  if (/Protocol error|RESP|ERR unknown command/i.test(reason))
    return failed(`what answers there is no Redis server (${reason})`, { where: shown, remedy: "check host and port" });
  return failed(`no Redis server answers (${reason})`, {
    where: shown,
    remedy: `start one there (\`redis-server --appendonly yes\`), or check the address${encrypted ? " and that it takes encrypted connections" : ""}`,
  });
};

/** Whether a server's own words about itself name a version that will do. */
const recentEnough = (address: Address, info: string): E.Either<Fault, void> => {
  const [, version = "", major = "0", minor = "0"] = /^redis_version:((\d+)\.(\d+)\S*)/m.exec(info) ?? [];
  if (version === "") return E.left(unusable(address, "Protocol error: it does not say its version"));
  const [most, least] = oldest;
  return Number(major) > most || (Number(major) === most && Number(minor) >= least)
    ? E.right(undefined)
    : E.left(failed(`the Redis server is version ${version}`, { where: address.shown, remedy: `${most}.${least} or later is needed` }));
};

/** Connects, or says why not within seconds. */
export const connect = (address: Address, onLink: OnLink): TE.TaskEither<Fault, Connection> =>
  pipe(
    loadPackages(),
    TE.chain((packages) => async () => {
      const options = optionsOf(address);
      let reached = false;
      let lost = false;
      let problem = "";
      const client: Redis = new packages.ioredis.Redis({
        ...options,
        lazyConnect: true,
        retryStrategy: (times: number) => (reached ? retryAfter(times) : null),
      });
      client.on("error", (error) => {
        problem = reasonOf(error) || "no answer";
      });
      const asked = client
        .connect()
        .then(() => client.info("server"))
        .then((info) => recentEnough(address, info))
        .catch((thrown: unknown) => E.left(unusable(address, problem === "" ? reasonOf(thrown) : problem)));
      const recent = (await within(asked, patience)) ?? E.left(unusable(address, `nothing is heard within ${patience / 1000} s`));
      if (E.isLeft(recent)) {
        client.disconnect();
        return recent;
      }
      reached = true;
      client.on("close", () => {
        if (!reached || lost) return;
        lost = true;
        onLink(`the connection to Redis at ${address.shown} is lost: waiting until it is back; what is being trained goes on`);
      });
      client.on("ready", () => {
        if (lost) onLink(`Redis at ${address.shown} is back`);
        lost = false;
      });
      return E.right({
        address,
        packages,
        options: { ...options, retryStrategy: retryAfter },
        close: () => {
          reached = false;
          client.disconnect();
        },
      });
    }),
  );
