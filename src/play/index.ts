/** The playground's session: what a visitor chose, the runs that train it, what a moment of it looks like. It knows no document, no screen and no Node. */
export * from "./choices.js";
export * from "./messages.js";
