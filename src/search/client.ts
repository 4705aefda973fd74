/** What is asked of PostgreSQL with pgvector, wherever it runs: statements with values, and several that hold together. */
import { codeOf, type Fault, failed, reasonOf } from "../faults/index.js";

export type Row = Readonly<Record<string, unknown>>;

/** Values go to the database apart from the statement: what a name holds is never SQL. */
export type Ask = (statement: string, values?: readonly unknown[]) => Promise<readonly Row[]>;

/** Its promises are refused with what the database says. */
export interface Client {
  readonly ask: Ask;
  /** All statements of the work, or none of them. */
  readonly together: <A>(work: (ask: Ask) => Promise<A>) => Promise<A>;
  readonly close: () => Promise<void>;
}

/** What PostgreSQL says, by its codes or its words, that a user can do something about. */
const advice: readonly (readonly [RegExp, string])[] = [
  [/^(?:53100|ENOSPC)|no space left/i, "the disk is full: free some space and index again, which goes on where it stopped"],
  [/^(?:25006|EROFS)|read-only/i, "it can be read and not be written: choose another place"],
  [/^(?:28P01|28000|3D000)/, "it lets nobody in by that name, password or database: check them"],
  [
    /^ECONNREFUSED|^ENOTFOUND|^ETIMEDOUT|^EHOSTUNREACH|^ECONNRESET|^57P0|terminated|timeout/i,
    "the server does not answer: check its address, and whether it runs",
  ],
  [/^(?:42501)/, "its user may not do that: ask whoever keeps the server for the right to make tables and the extension vector"],
  [/^(?:0A000|58P01|22023).*vector|extension "vector"/i, "the server has no pgvector: install it there"],
  [/^XX001|^XX002|invalid page|checksum/i, "it is damaged"],
];

/** A fault for what a database was refused with. */
export const refusedBy =
  (place: string, remedy = "") =>
  (thrown: unknown): Fault => {
    const [code, reason] = [codeOf(thrown), reasonOf(thrown).split("\n")[0] ?? ""];
    const said = reason === "" ? code : reason;
    const known = advice.find(([pattern]) => pattern.test(code === "" ? said : `${code} ${said}`));
    return failed(known === undefined ? `the database says: ${said}` : `${known[1]} (${said})`, { where: place, remedy });
  };
