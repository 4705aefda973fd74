/**
 * Which engines work on this machine. What a driver may crash is tried in a process of its own, because a driver that
 * crashes takes its process with it; what such a process says on the error output is not repeated.
 */
import { execFile } from "node:child_process";
import * as E from "fp-ts/lib/Either.js";
import type * as T from "fp-ts/lib/Task.js";
import { type EngineOpener, type EngineReport, openers } from "../engines/index.js";
import { engineError } from "../faults/index.js";

/** Seconds one way of an engine gets to start and multiply: a first start on a software rasteriser takes a few. */
const patience = 60;

const crashed = ({ name }: EngineOpener, mode: string, how: string): EngineReport => ({
  engine: name,
  mode,
  backend: mode,
  works: false,
  software: false,
  device: "",
  problem: engineError(`${name} ${mode} ${how}: its driver is broken or not meant for this machine`, {
    remedy: "update it, or use another {engine} or {gpuMode}",
  }),
});

const probeApart =
  (opener: EngineOpener, mode: string): T.Task<EngineReport> =>
  () => {
    const script =
      `import { openers } from ${JSON.stringify(new URL("../engines/index.js", import.meta.url).href)}; ` +
      `const report = await openers.find(({ name }) => name === ${JSON.stringify(opener.name)}).probe(${JSON.stringify(mode)})(); ` +
      `process.stdout.write("\\n" + JSON.stringify(report), () => process.exit(0));`;
    return new Promise((resolve) => {
      execFile(process.execPath, ["--input-type=module", "-e", script], { timeout: patience * 1000 }, (error, stdout) => {
        const line = stdout.trim().split("\n").at(-1) ?? "";
        const report = E.tryCatch(
          () => JSON.parse(line) as EngineReport,
          () => error,
        );
        if (E.isRight(report)) resolve(report.right);
        else if (error?.killed) resolve(crashed(opener, mode, `did not answer within ${patience} s`));
        else resolve(crashed(opener, mode, `ended the process that tried it (${error?.signal ?? `code ${error?.code ?? "?"}`})`));
      });
    });
  };

/** A report a way of every engine, in the order of the registry. */
export const probeEngines: T.Task<readonly EngineReport[]> = () =>
  Promise.all(
    openers.flatMap((opener) =>
      (opener.modes.length === 0 ? ["auto"] : opener.modes).map((mode) =>
        (opener.mayCrash === true ? probeApart(opener, mode) : opener.probe(mode))(),
      ),
    ),
  );
