/** What is said of something thrown that nothing caught, which no user can have caused. */
import { legible, reasonOf, shortened } from "../faults/index.js";

/** Set, the stack is shown. */
const stackVariable = "MDR_STACK";

const stackOf = (thrown: unknown): string => (thrown instanceof Error ? (thrown.stack ?? "") : "").split("\n").slice(1).join("\n");

/** One line; the stack below it where it is asked for. */
export const mistakeLine = (thrown: unknown): string => {
  const reason = shortened(legible(reasonOf(thrown)), 500);
  if ((process.env[stackVariable] ?? "") !== "") return `${reason}: this is a mistake of the program\n${stackOf(thrown)}`;
  return `${reason}: this is a mistake of the program, not yours: set ${stackVariable}=1 to see where, and report it`;
};
