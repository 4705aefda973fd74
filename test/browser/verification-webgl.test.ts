import { verifyInChromium } from "./verification.js";

// With all cases a software rasteriser, compiling shaders, takes 60 to 80 seconds for each of the two.
verifyInChromium(["webgl2", "webgl"], "first cases");
