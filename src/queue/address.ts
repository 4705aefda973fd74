/** Where a queue is: `redis://[user:password@]host[:port][/number]`, or `rediss://` where the connection is encrypted. */
import * as E from "fp-ts/lib/Either.js";
import { type Fault, misused } from "../faults/index.js";

export interface Address {
  readonly host: string;
  readonly port: number;
  /** Which of the server's numbered databases. */
  readonly database: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly encrypted: boolean;
  /** As it may be shown: without a password. */
  readonly shown: string;
}

const withoutSecrets = (text: string): string => text.replace(/\/\/.*@/, "//...@");

/** An address in words; `password` where it has none of its own. */
export const addressOf = (text: string, password?: string): E.Either<Fault, Address> => {
  const refused = E.left(
    misused("is no address of a Redis server", {
      where: `{queue} ${withoutSecrets(text)}`,
      remedy: "use redis://HOST, redis://HOST:6380, redis://HOST/1 or rediss://HOST",
    }),
  );
  if (!URL.canParse(text)) return refused;
  const { protocol, hostname, port, username, password: own, pathname } = new URL(text);
  const database = /^\/?(\d{0,4})$/.exec(pathname)?.[1];
  if (!/^rediss?:$/.test(protocol) || hostname === "" || database === undefined) return refused;
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  const number = port === "" ? 6379 : Number(port);
  return E.right({
    host,
    port: number,
    database: Number(database),
    username: username === "" ? undefined : decodeURIComponent(username),
    password: own === "" ? password : decodeURIComponent(own),
    encrypted: protocol === "rediss:",
    shown: `${hostname}:${number}`,
  });
};
