/** The service at a port: it listens, and stops once what it began is answered. */
import { createServer } from "node:http";
import { getRequestListener } from "@hono/node-server";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { codeOf, type Fault, failed, reasonOf } from "../faults/index.js";
import { type ServiceApp, serviceApp } from "./app.js";
import { documentOf } from "./problem.js";
import type { Service } from "./service.js";
import { type ServeSettings, secured } from "./settings.js";

export interface Listening {
  /** Where its page is. */
  readonly address: string;
  /** Takes nothing new, answers what it has begun, and ends; what takes longer than a request may is cut off. */
  readonly close: () => Promise<void>;
}

/** Milliseconds that a request's head may take, and that a connection is kept for another request. */
const headPatience = 10_000;
const keptOpen = 5_000;

/** Connections at once: each costs some memory before it has said anything. */
const mostConnections = 512;

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program listens there: choose another {port}",
  EACCES: "the system lets only its administrator listen there: choose a {port} from 1024 on",
  EADDRNOTAVAIL: "this machine has no such address: choose another {host}",
  ENOTFOUND: "this machine has no such address: choose another {host}",
};

/** A request that is none: its answer needs no number. */
const malformed = (): Response =>
  new Response(JSON.stringify(documentOf({ status: 400, detail: "the request is malformed" }, "")), {
    status: 400,
    headers: { "Content-Type": "application/problem+json", Connection: "close" },
  });

const refused = (thrown: unknown, { host, port }: Pick<ServeSettings, "host" | "port">): Fault =>
  failed(reasons[codeOf(thrown)] ?? `it cannot be listened to: ${reasonOf(thrown)}`, { where: `${host}:${port}` });

/** Whether it may and could be listened there, asked before anything that takes long is opened. */
export const listenable = (settings: ServeSettings): TE.TaskEither<Fault, void> =>
  pipe(
    TE.fromEither(secured(settings)),
    TE.chain(
      ({ host, port }): TE.TaskEither<Fault, void> =>
        () =>
          new Promise((resolve) => {
            const tried = createServer();
            tried.once("error", (thrown) => resolve(E.left(refused(thrown, settings))));
            tried.listen(port, host, () => tried.close(() => resolve(E.right(undefined))));
          }),
    ),
  );

const listening = ({ app, stop }: ServiceApp, { settings }: Service): TE.TaskEither<Fault, Listening> => {
  const { host, port, timeout } = settings;
  const server = createServer(
    {
      headersTimeout: headPatience,
      requestTimeout: Math.max(headPatience, timeout * 1000),
      keepAliveTimeout: keptOpen,
      connectionsCheckingInterval: 1000,
    },
    getRequestListener(app.fetch, { overrideGlobalObjects: false, errorHandler: malformed }),
  );
  server.maxConnections = mostConnections;
  return () =>
    new Promise((resolve) => {
      server.once("error", (thrown) => resolve(E.left(refused(thrown, settings))));
      server.listen(port, host, () => {
        const at = server.address();
        const shown = host.includes(":") ? `[${host}]` : host;
        resolve(
          E.right({
            address: `http://${shown}:${typeof at === "object" && at !== null ? at.port : port}/`,
            close: () =>
              new Promise((done) => {
                stop();
                const patience = setTimeout(() => server.closeAllConnections(), timeout * 1000);
                server.close(() => {
                  clearTimeout(patience);
                  done();
                });
                server.closeIdleConnections();
              }),
          }),
        );
      });
    });
};

export const listen = (service: Service): TE.TaskEither<Fault, Listening> =>
  pipe(
    TE.fromEither(secured(service.settings)),
    TE.chainEitherK(() => serviceApp(service)),
    TE.chain((made) => listening(made, service)),
  );
