/**
 * What went wrong, as a value. A remedy names a setting in braces, `{learningRate}`: a library has settings and no flags;
 * the command line alone says `--learning-rate`.
 */
/** Where, what and remedy as one line; `name` says a setting's name to whoever reads it. */
export const sentence = ({ where, what, remedy }, name = (setting) => setting) =>
  [where, what, remedy]
    .filter((part) => part !== "")
    .join(": ")
    .replace(/\{([a-z][A-Za-z]*)\}/g, (_, setting) => name(setting));
const fault =
  (kind) =>
  (what, { where = "", remedy = "" } = {}) => ({
    _tag: "Fault",
    kind,
    where,
    what,
    remedy,
    message: sentence({ where, what, remedy }),
  });
/** Something could not be done. */
export const failed = fault("failed");
/** Something was asked for that cannot be. */
export const misused = fault("usage");
export const interrupted = fault("interrupted");
/** Shapes that do not fit; names the axis. */
export const shapeError = fault("shape");
/** An engine that cannot compute what it was given. */
export const engineError = fault("engine");
