/** How a network wants its input channels: what is taken from each, and what it is divided by. */

/** Of channels from 0 to 1: a network's input is (channel - mean) / deviation. */
export interface ChannelStatistics {
  readonly mean: readonly [red: number, green: number, blue: number];
  readonly deviation: readonly [red: number, green: number, blue: number];
}
