/** The page's worker: hands on what is asked and what is told. All that it does is in src/play. */
import { type Asked, mailbox, serve, type Told } from "#mdr/play/index.js";

const asked = mailbox<Asked>();
addEventListener("message", ({ data }: MessageEvent<Asked>) => asked.post(data));

/** What the page gets for good. Tensors of a moment are kept here too, and are copied. */
const given = (told: Told): Transferable[] =>
  told.kind === "weights"
    ? [told.bytes.buffer as ArrayBuffer]
    : told.kind === "pictures"
      ? told.pictures.map(({ thumbnail }) => thumbnail.pixels.buffer as ArrayBuffer)
      : [];

/** A function of its own: a module that waits at its top is not loaded yet, and may not be sent anything. */
const answering = async (): Promise<void> => {
  for await (const told of serve(asked)) postMessage(told, { transfer: given(told) });
  close();
};
void answering();
