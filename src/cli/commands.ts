/** Which commands there are, for a help text that lists them all. A command's own file, and what it is made of, is loaded when it is asked for. */
import { type Command, Option } from "commander";

interface Listed {
  /** Its name, and what follows it. */
  readonly usage: string;
  readonly summary: string;
  /** The function that adds it to the program. */
  readonly load: () => Promise<(program: Command) => Command>;
}

/** In the order of the help text. Words are the commands' own once more: a test compares them. */
export const commands: readonly Listed[] = [
  {
    usage: "demo [options]",
    summary: "make data if missing, train the three methods, compare them on classes never seen",
    load: async () => (await import("./demo.js")).demoCommand,
  },
  {
    usage: "data",
    summary: "Data sets: make the generated one, check that one is there and whole.",
    load: async () => (await import("./data.js")).dataCommand,
  },
  {
    usage: "train [options]",
    summary: "train an embedding on a folder of class folders, or over vectors that another network made",
    load: async () => (await import("./train.js")).trainCommand,
  },
  {
    usage: "eval [options] [checkpoint]",
    summary: "Recall@K, R-precision and MAP@R of a checkpoint on the classes it never saw",
    load: async () => (await import("./eval.js")).evalCommand,
  },
  {
    usage: "embed [options] <checkpoint> <folder>",
    summary: "embeddings of every photo in a folder, or of the vectors in a file",
    load: async () => (await import("./embed.js")).embedCommand,
  },
  {
    usage: "export [options] <checkpoint>",
    summary: "a run's network as an ONNX model, or its metrics for TensorBoard",
    load: async () => (await import("./export.js")).exportCommand,
  },
  {
    usage: "features [options] <folder>",
    summary: "what another network, in ONNX, makes of every photo in a folder",
    load: async () => (await import("./features.js")).featuresCommand,
  },
  {
    usage: "import [options] <file>",
    summary: "somebody's weights as a run that eval, embed, similar and export take",
    load: async () => (await import("./import.js")).importCommand,
  },
  {
    usage: "similar [options] <checkpoint> <photo> <folder>",
    summary: "the photos of a folder that are most like one photo",
    load: async () => (await import("./similar.js")).similarCommand,
  },
  {
    usage: "duplicates [options] <folder> [checkpoint]",
    summary: "pictures that are there more than once, exactly, nearly, or by a run's distances",
    load: async () => (await import("./duplicates.js")).duplicatesCommand,
  },
  {
    usage: "clean [options] <folder> <checkpoint>",
    summary: "pictures that may have the wrong label, most suspicious first",
    load: async () => (await import("./clean.js")).cleanCommand,
  },
  {
    usage: "index [options] <run> <folder>",
    summary: "keeps an index of a folder's photos, for `mdr search`",
    load: async () => (await import("./indexing.js")).indexCommand,
  },
  {
    usage: "search [options] <db> <photo...>",
    summary: "the photos of an index that are most like one, or like several",
    load: async () => (await import("./search.js")).searchCommand,
  },
  {
    usage: "serve [options] <place...>",
    summary: "finds similar photos over HTTP, with a page",
    load: async () => (await import("./serve.js")).serveCommand,
  },
  {
    usage: "verify [options]",
    summary: "check every formula on this machine, on every engine that works here",
    load: async () => (await import("./verify.js")).verifyCommand,
  },
  {
    usage: "devices [options]",
    summary: "which engines work here, and why the others do not",
    load: async () => (await import("./devices.js")).devicesCommand,
  },
  {
    usage: "report [options] [run...]",
    summary: "one page about a run, or about several side by side",
    load: async () => (await import("./report.js")).reportCommand,
  },
  {
    usage: "reproduce [options] [recipe]",
    summary: "a table or figure of the paper, on your data",
    load: async () => (await import("./reproduce.js")).reproduceCommand,
  },
  {
    usage: "worker [options]",
    summary: "trains cells of a grid that waits in a queue, beside others on other machines",
    load: async () => (await import("./worker.js")).workerCommand,
  },
];

const nameOf = ({ usage }: Listed): string => usage.split(" ")[0] ?? "";

/** A command that is listed in the help text, and no more. */
const listedOnly =
  ({ usage, summary }: Listed) =>
  (program: Command): Command => {
    const command = program.command(usage.replace(" [options]", "")).summary(summary);
    return usage.includes("[options]") ? command.addOption(new Option("--options").hideHelp()) : command;
  };

/** Adds all commands to a program: whole those that these arguments may mean, as `mdr NAME ..` or `mdr help NAME`. */
export const addCommands = async (program: Command, args: readonly string[]): Promise<void> => {
  const [first = "", second = ""] = args.filter((arg) => !arg.startsWith("-"));
  const asked = first === "help" ? second : first;
  for (const one of commands) (nameOf(one) === asked ? await one.load() : listedOnly(one))(program);
};
