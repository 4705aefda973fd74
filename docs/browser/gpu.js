/** GPU.js as an ES module: its build for browsers is none and sets a global, the class with the rest of the library on it. */
import "/node_modules/gpu.js/dist/gpu-browser.js";

const { GPU } = globalThis;

export default { ...GPU, GPU };
