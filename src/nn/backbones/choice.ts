/** The choice of a backbone: the registry as a value, and the settings of the choice and of every backbone in it. */
import { fieldsOf, oneOf } from "../../settings/index.js";
import { type Backbone, commonFields } from "./backbone.js";
import * as registered from "./index.js";

/** The name of a backbone. */
export type BackboneName = keyof typeof registered;

/** Every backbone, by its name. */
export const backbones: Readonly<Record<BackboneName, Backbone>> = registered;

const abouts = Object.entries(backbones).map(([name, { about }]) => `${name}: ${about}`);

/** The settings that choose a backbone, those of every backbone among them. */
export const backboneFields = {
  backbone: oneOf(registered)
    .default("compact")
    .describe(`the network; ${abouts.join("; ")}`),
  ...commonFields,
  ...fieldsOf(backbones),
};
