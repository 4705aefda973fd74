import { verifyInChromium } from "./verification.js";

verifyInChromium(["wasm", "webasm", "cpu", "webgpu"], "every case");
