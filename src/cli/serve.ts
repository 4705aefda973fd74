/** `mdr serve`: finding similar photos over HTTP, with a page. */
import { type Command, Option } from "commander";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import type { Fault } from "../faults/index.js";
import { appendLine } from "../files/index.js";
import { type Listening, listen, listenable, openDecoders, type ServeSettings, type Service, serveTable } from "../serve/index.js";
import { exitCodes, finish, inFlags } from "./finish.js";
import { flagOf, givenSettings, withSettings } from "./options.js";
import { print, say, warn } from "./output.js";
import { openServed } from "./served.js";
import { interruption } from "./signals.js";
import type { Flags } from "./taken.js";

/** Where a token may stand that nobody should see among the flags of a running program. */
const tokenVariable = "MDR_TOKEN";

const standards: Readonly<Record<string, unknown>> = serveTable.defaults;

/** What a flag's text means, by the type of the setting's default. Bad text is kept, for the table to refuse by name. */
const meantBy = (name: string, text: string): unknown => {
  if (Array.isArray(standards[name])) return text.split(",");
  if (typeof standards[name] === "string" || text.trim() === "") return text;
  return Number.isFinite(Number(text)) ? Number(text) : text;
};

export const serveSettings = (
  flags: Flags,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): E.Either<Fault, ServeSettings> =>
  serveTable.parse("command line", {
    ...(environment[tokenVariable] === undefined ? {} : { token: environment[tokenVariable] }),
    ...Object.fromEntries(
      serveTable.names.flatMap((name) => (typeof flags[name] === "string" ? [[name, meantBy(name, flags[name] as string)]] : [])),
    ),
  });

/** Lines to a file, or among what is said; a file that fails is told of once, and the service goes on. */
const logTo = (file: unknown): ((line: string) => void) => {
  if (typeof file !== "string") return say;
  let told = false;
  return (line) => {
    const written = appendLine(file, line);
    if (E.isLeft(written) && !told) warn(`the log: ${inFlags(written.left)}`);
    told = E.isLeft(written);
  };
};

const untilAsked = async (listening: Listening): Promise<void> => {
  await new Promise<void>((resolve) => {
    const stopping = interruption({
      words: "answering what has begun, and nothing new",
      act: () => {
        stopping.forget();
        resolve();
      },
    });
  });
  await listening.close();
};

/** Serves until a signal comes. */
const served = async (service: Service): Promise<E.Either<Fault, void>> => {
  const listening = await listen(service)();
  if (E.isLeft(listening)) return listening;
  const { index, embedder } = service.serving.now();
  say(`${index.about.count} pictures; ${E.isRight(embedder) ? embedder.right.why : `no uploads: ${inFlags(embedder.left)}`}`);
  print(listening.right.address);
  await untilAsked(listening.right);
  return E.right(undefined);
};

const serve = async (places: readonly string[], flags: Flags): Promise<E.Either<Fault, void>> => {
  const ready = pipe(
    E.Do,
    E.bind("settings", () => serveSettings(flags)),
    E.bind("given", () => givenSettings({ engine: flags.engine, gpuMode: flags.gpuMode })),
  );
  if (E.isLeft(ready)) return ready;
  const { settings, given } = ready.right;
  const free = await listenable(settings)();
  if (E.isLeft(free)) return free;
  const log = logTo(flags.log);
  const decoders = openDecoders(settings);
  const serving = await openServed({
    places,
    run: typeof flags.run === "string" ? flags.run : undefined,
    options: {
      ...given,
      maxPixels: settings.maxPixels,
      square: (bytes, name, wish) => decoders.decode({ kind: "square", bytes, name, wish }),
    },
    threshold: settings.threshold,
    log,
  })();
  const result = E.isLeft(serving) ? serving : await served({ serving: serving.right, decoders, settings, log });
  if (E.isRight(serving)) await serving.right.close();
  await decoders.close();
  return result;
};

const shown = (name: string): string => {
  const standard = standards[name];
  return standard === undefined || standard === "" || Array.isArray(standard) ? "" : ` [${String(standard)}]`;
};

export const serveCommand = (program: Command): Command =>
  withSettings(["engine", "gpuMode"])(
    serveTable.names.reduce(
      (command, name) =>
        command.addOption(
          new Option(
            `--${flagOf(name)} <${Array.isArray(standards[name]) ? "a,b,.." : "value"}>`,
            `${serveTable.explain(name)}${shown(name)}`,
          ),
        ),
      program
        .command("serve <place...>")
        .summary("finds similar photos over HTTP, with a page")
        .description(
          "Answers over HTTP which photos of an index are most like one, and has a page to ask by. Several shards of one index answer as one. " +
            `A token is better given by the environment variable ${tokenVariable} than by its flag, which others on this machine can see.`,
        )
        .option("--run <run>", "where the index's run is now, if it was moved")
        .option("--log <file>", "a line of JSON for each request, appended to this file [standard error]"),
    ),
  )
    .addHelpText("after", `\nExamples:\n  mdr serve photos.db\n  mdr serve photos.db --port 9000 --log serve.log\n${exitCodes}`)
    .action((places: readonly string[], flags: Flags) => finish(() => serve(places, flags)));
