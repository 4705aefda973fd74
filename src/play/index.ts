/** The playground's session: what a visitor chose, the runs that train it, what a moment of it looks like. It knows no document, no screen and no Node. */
export * from "./choices.js";
export * from "./judged.js";
export * from "./judgement.js";
export { type Mailbox, mailbox } from "./mailbox.js";
export * from "./messages.js";
export * from "./plane.js";
export * from "./query.js";
export { type Host, serve, usualHost } from "./serve.js";
