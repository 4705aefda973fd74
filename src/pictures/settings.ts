/** What is set of the pictures that a network sees. */
import { positive, whole } from "../settings/index.js";

/** The settings of what a network sees of a picture. */
export const pictureFields = {
  imageSize: whole(8, 2048).default(64).describe("side of the network's input, in pixels (paper: 224)"),
  minArea: positive().max(1).default(0.4).describe("smallest share of the picture that a random crop keeps (paper: 0.16)"),
} as const;
