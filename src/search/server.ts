/** A PostgreSQL server with pgvector, over the wire. */
import * as TE from "fp-ts/lib/TaskEither.js";
import type { Fault } from "../faults/index.js";
import { type Ask, type Client, type Row, refusedBy } from "./client.js";
import { shownPlace } from "./places.js";

const connectMilliseconds = 10_000;

/** Opens connections to the server of a URL, `connections` at most, and tries one. */
export const openServer = (url: string, connections: number): TE.TaskEither<Fault, Client> =>
  TE.tryCatch(
    async () => {
      const { default: pg } = await import("pg");
      const pool = new pg.Pool({
        connectionString: url,
        max: connections,
        connectionTimeoutMillis: connectMilliseconds,
        idleTimeoutMillis: 0,
      });
      // A connection that is lost while nobody uses it is opened anew; without a listener it would end the process.
      pool.on("error", () => undefined);
      const ask: Ask = async (statement, values = []) => (await pool.query(statement, [...values])).rows as readonly Row[];
      const client: Client = {
        ask,
        together: async (work) => {
          const connection = await pool.connect();
          const asked: Ask = async (statement, values = []) => (await connection.query(statement, [...values])).rows as readonly Row[];
          let lost = false;
          try {
            await asked("begin");
            const result = await work(asked);
            await asked("commit");
            return result;
          } catch (thrown) {
            await asked("rollback").catch(() => {
              lost = true;
            });
            throw thrown;
          } finally {
            connection.release(lost);
          }
        },
        close: () => pool.end(),
      };
      try {
        await ask("select 1");
        return client;
      } catch (thrown) {
        await pool.end();
        throw thrown;
      }
    },
    refusedBy(shownPlace(url)),
  );
