import * as training from "./training.js";

/** @type {Readonly<Record<string, unknown>>} */
const programs = training;

self.onmessage = async ({ data: { name, given } }) => {
  const program = programs[name];
  try {
    if (typeof program !== "function") throw new Error(`training.js has no ${name}`);
    self.postMessage({ result: await program(...given) });
  } catch (thrown) {
    self.postMessage({ fault: String(thrown) });
  }
};
self.postMessage("ready");
