// One thing at a time that would train a cell twice or nowhere, on other data, or with two writers in one folder.

const carrier = "queue/carrier.ts";
const cells = "queue/cellQueue.ts";
const worker = "queue/worker.ts";
const address = "queue/address.ts";
const played = (part) => ["test/carrier.test.ts", "-t", part];
const served = (part) => ["test/queue.test.ts", "-t", part];

/** [what is broken, file under src, its text, what replaces it], and the test that is asked. */
export const queue = [
  ["what a server forgot, forgotten", carrier, "if (absent.length > 0) {", "if (absent.length < 0) {", played("puts in again")],
  [
    "what was trained before taken for the pace of now",
    carrier,
    "first ? now.share : now.from",
    "now.from",
    played("counts as trained now"),
  ],
  ["a cell told of by its first worker", carrier, "before.by === now.by", "true", played("tells of each what changes")],
  ["a lease that runs out before its cell stops", "queue/leases.ts", "[0.75, 0.95]", "[0.95, 1.5]", played("that is not renewed")],
  ["a folder that a dead machine keeps", "queue/folder.ts", "  dropForeignLock(path);\n", "", played("is taken from a machine")],
  ["a folder with two writers", "files/lock.ts", "holder.right.host !== hostname()", "true", played("is waited for while")],
  ["a killed child that counts as a failure", "queue/child.ts", 'killed ? { kind: "lost" } : ', "", played("that dies fails")],
  ["a password in a message", address, "where: `{queue} ${withoutSecrets(text)}`", "where: text", played("is shown without")],
  ["a password in sight", address, "shown: `${hostname}:${number}`", "shown: text", played("is shown without")],
  ["a server too old", "queue/connection.ts", "Number(minor) >= least", "true", played("to nothing, to something else")],
  [
    "a script whose words a shell reads",
    "cli/slurm.ts",
    "(/^[\\w@%+=:,./-]+$/.test(word) ? word",
    "(word ? word",
    played("has a task a cell"),
  ],
  ["what has ended still in training", "experiments/watched.ts", "after.delete(event.cell.id);", "after.size;", played("has a line a row")],
  ["a priority that is not changed", cells, "if (there.priority !== priority", "if (priority < 0", served("of a lower number first")],
  [
    "what is done, trained again",
    cells,
    "there.finishedOn !== undefined && !outcomeSchema.safeParse(there.returnvalue).success",
    "there.finishedOn !== undefined",
    served("of a lower number first"),
  ],
  ["a single try", cells, "attempts: retries + 1", "attempts: 1", served("tried again as often")],
  ["what failed, failed for ever", cells, "if (failed) await there.remove();", "if (failed) return;", served("tried again as often")],
  ["what cannot be, tried again", worker, "throw isHopeless(fault) ? ", "throw fault.what === '' ? ", served("tried again as often")],
  [
    "a worker that keeps what it leaves",
    worker,
    "await within(job.moveToWait(token), givingPatience);",
    "await within(Promise.resolve(), givingPatience);",
    served("gets back what a worker"),
  ],
  [
    "other weights under a cell's name",
    "cli/trainee.ts",
    "contents()) !== cell.id",
    "contents()) === ''",
    served("both fingerprints named"),
  ],
  ["a cell on other data", "cli/cell.ts", "if (own === fingerprint)", "if (own !== '')", served("both fingerprints named")],
].map(([what, file, text, replacement, test]) => ({ broken: [what, file, text, replacement], test }));
