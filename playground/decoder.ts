/** The thread that decodes pictures: a page shows no hitch while a large photo is read. */
import { decode, type Undecoded } from "./data/decode.js";

addEventListener("message", async ({ data }: MessageEvent<Undecoded>) => postMessage(await decode(data)));
