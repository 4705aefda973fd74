/** `mdr devices`: what works on this machine, and why the rest does not. */
import { availableParallelism } from "node:os";
import type { Command } from "commander";
import * as E from "fp-ts/lib/Either.js";
import { probeDevices } from "../engines/gpu/index.js";
import { openEngine } from "../engines/index.js";
import { wasmEngine } from "../engines/wasm/index.js";
import { exitCodes, finish } from "./finish.js";
import { print, table } from "./output.js";

interface Line {
  readonly engine: string;
  readonly backend: string;
  readonly works: boolean;
  readonly device: string;
  readonly problem: string;
}

const wasmLine = async (): Promise<Line> => {
  const opened = await wasmEngine()();
  if (E.isLeft(opened)) return { engine: "wasm", backend: "wasm simd128", works: false, device: "", problem: opened.left.message };
  const { backend, device } = opened.right.info;
  await opened.right.close();
  return { engine: "wasm", backend, works: true, device, problem: "" };
};

const devices = async (json: boolean): Promise<void> => {
  const reference = { engine: "reference", backend: "float64 loops", works: true, device: "CPU, one thread", problem: "" };
  const lines: readonly Line[] = [...(await probeDevices()), await wasmLine(), reference];
  const chosen = await openEngine({ engine: "auto", gpuMode: "auto" })();
  const auto = E.isRight(chosen) ? chosen.right.why : chosen.left.message;
  if (E.isRight(chosen)) await chosen.right.close();
  print(
    json
      ? JSON.stringify(
          {
            devices: lines,
            auto,
            processors: availableParallelism(),
            node: process.version,
            platform: `${process.platform} ${process.arch}`,
          },
          null,
          2,
        )
      : [
          table([
            ["engine", "works"],
            ...lines.map(({ engine, backend, works }) => [
              `${engine} ${engine === "gpu" ? `--gpu-mode ${backend}` : `(${backend})`}`,
              works ? "yes" : "no",
            ]),
          ]),
          "",
          ...lines.map(({ engine, backend, works, device, problem }) => `${engine} ${backend}: ${works ? device : problem}`),
          "",
          `auto takes: ${auto}`,
        ].join("\n"),
  );
};

export const devicesCommand = (program: Command): Command =>
  program
    .command("devices")
    .summary("which engines work here, and why the others do not")
    .description("Tries every engine and GPU.js backend on this machine with a small product, each GPU backend in a process of its own.")
    .option("--json", "print JSON")
    .addHelpText("after", `\nExamples:\n  mdr devices\n  mdr devices --json\n${exitCodes}`)
    .action((flags: { readonly json?: boolean }) =>
      finish(async () => {
        await devices(flags.json === true);
        return E.right(undefined);
      }),
    );
