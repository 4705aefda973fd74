/** The thread that decodes pictures: a page shows no hitch while a large photo is read. */
import { decode } from "./data/decode.js";
import { answering } from "./thread.js";

answering(decode);
