/** ImageNet's channel statistics, which networks trained on it want their input in (torchvision's numbers). */
import type { ChannelStatistics } from "../../tensor/index.js";

/** Of red, green and blue from 0 to 1. */
export const imagenetStatistics: ChannelStatistics = { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] };
