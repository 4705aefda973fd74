/** Opens the GPU.js engine: by the name of a backend, or `auto`, the best on real hardware. */
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { type EngineInfo, someEngine } from "../engine.js";
import { openerOf, type Verdict } from "../opener.js";
import { gpuBackends, inBrowser } from "./backends.js";
import { gpuEngine } from "./engine.js";

/** A GPU is faster than all else; what GPU.js computes on a CPU is slower than what is made for one. */
const verdict = ({ software, passedOver = [] }: EngineInfo): Verdict =>
  software === true
    ? { speed: 1, because: `no GPU works here${passedOver.length === 0 ? "" : ` (${passedOver.join("; ")})`}` }
    : { speed: 3, because: "a GPU works here" };

export const gpuOpener = openerOf({
  name: "gpu",
  about: "GPU.js: WebGPU, WebGL, its own WebAssembly or plain JavaScript, a whole program as one plan",
  modes: gpuBackends.filter((backend) => (inBrowser() ? backend !== "headlessgl" : backend !== "webgl" && backend !== "webgl2")),
  open: (mode) =>
    pipe(
      gpuEngine(gpuBackends.find((backend) => backend === mode) ?? "auto"),
      TE.map((engine) => someEngine(engine)),
    ),
  mayCrash: true,
  auto: { most: 3, verdict },
});
