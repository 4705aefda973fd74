/** How a network wants its input channels: what is taken from each, and what it is divided by. */

/** Of channels from 0 to 1: a network's input is (channel - mean) / deviation. */
export interface ChannelStatistics {
  /** Which of the picture's channels comes first; red where it is not said. */
  readonly order?: "rgb" | "bgr";
  readonly mean: readonly [red: number, green: number, blue: number];
  readonly deviation: readonly [red: number, green: number, blue: number];
}
