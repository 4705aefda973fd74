/** What a model that was exported here says of the pictures that it takes: its metadata, written and read. */
import { z } from "zod";
import { storedSide } from "../pictures/browser.js";
import type { ChannelStatistics } from "../tensor/index.js";
import { fieldsOf, textOf } from "./protobuf.js";

/** How a picture becomes a network's input. */
export interface Stated {
  /** Side of the square, in pixels. */
  readonly side: number;
  /** `outside`: whoever shows a picture normalises it, [N, 3, H, W]; `inside`: the model takes channels from 0 to 255, red first, [N, H, W, 3]. */
  readonly preprocess: "inside" | "outside";
  /** Of the network itself. */
  readonly statistics: ChannelStatistics;
}

/** The metadata that say it, to people as well. */
export const statementOf = ({ side, preprocess, statistics }: Stated): Readonly<Record<string, string>> => {
  const { order = "rgb", mean, deviation } = statistics;
  const stored = storedSide(side);
  const inside = preprocess === "inside";
  return {
    "mdr.statement": "1",
    "mdr.preprocess": preprocess,
    "mdr.size": String(side),
    "mdr.layout": inside ? "NHWC" : "NCHW",
    "mdr.channels": inside ? "rgb" : order,
    "mdr.range": inside ? "0 to 255" : "(channel / 255 - mean) / deviation, means and deviations of red, green, blue",
    "mdr.mean": JSON.stringify(mean),
    "mdr.deviation": JSON.stringify(deviation),
    "mdr.order": order,
    "mdr.resize": `the whole picture to ${stored} x ${stored} by Lanczos, then the middle ${side} x ${side} of it`,
  };
};

const json = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const colours = z.preprocess((text) => json(String(text)), z.tuple([z.number(), z.number(), z.number()]));

const schema = z.object({
  "mdr.statement": z.literal("1"),
  "mdr.preprocess": z.enum(["inside", "outside"]),
  "mdr.size": z.coerce.number().int().min(8).max(2048),
  "mdr.mean": colours,
  "mdr.deviation": colours.refine((each) => each.every((value) => value > 0)),
  "mdr.order": z.enum(["rgb", "bgr"]),
});

/** metadata_props of a ModelProto. */
export const metadataOf = (bytes: Uint8Array): Readonly<Record<string, string>> => {
  const entries: (readonly [string, string])[] = [];
  for (const { number, content } of fieldsOf(bytes))
    if (number === 14 && content !== undefined) entries.push([textOf(content, 1), textOf(content, 2)]);
  return Object.fromEntries(entries);
};

/** What a model's file says; undefined where it is none of ours, or says it in words of another version. */
export const statedIn = (bytes: Uint8Array): Stated | undefined => {
  const { data } = schema.safeParse(metadataOf(bytes));
  return data === undefined
    ? undefined
    : {
        side: data["mdr.size"],
        preprocess: data["mdr.preprocess"],
        statistics: { mean: data["mdr.mean"], deviation: data["mdr.deviation"], order: data["mdr.order"] },
      };
};

/** What a picture's channels are less and divided by, and their order, before the model takes it. */
export const shownStatistics = ({ preprocess, statistics }: Stated): ChannelStatistics =>
  preprocess === "inside" ? { mean: [0, 0, 0], deviation: [1 / 255, 1 / 255, 1 / 255] } : statistics;
