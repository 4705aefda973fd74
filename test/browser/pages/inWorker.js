/** Any program of training.js in a module worker. A worker knows no import map: the server resolves names below /resolved/. */

/** @param {string} name @param {readonly unknown[]} given */
export const inWorker = (name, ...given) =>
  new Promise((resolve, reject) => {
    const worker = new Worker("/resolved/test/browser/pages/worker.js", { type: "module" });
    worker.onerror = (event) => reject(new Error(event.message));
    worker.onmessage = ({ data }) => {
      // Its modules wait for one another while they load, and a message that came earlier would be lost.
      if (data === "ready") return worker.postMessage({ name, given });
      worker.terminate();
      if ("fault" in data) reject(new Error(data.fault));
      else resolve(data.result);
    };
  });
