/** The thread that judges what is shown: the page shows no hitch while an objective is asked. */
import { judgementOf } from "#mdr/play/index.js";
import { answering } from "./thread.js";
import type { Judged, Question } from "./views/lens.js";

answering<Question, Judged>(({ choices, moment, changed }) => judgementOf(choices, moment, changed));
