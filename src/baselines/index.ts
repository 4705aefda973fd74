/** What retrieves without learning: pixels, colours, chance. Scores of a network say something beside theirs. */
export * from "./features.js";
export * from "./scores.js";
