/** JSON lines: `{"file": .., "embedding": [..]}` a picture. */
import { lineExporter } from "../lines.js";

export const exporter = lineExporter({
  about: "JSON lines",
  line: ({ file, embedding }) => JSON.stringify({ file, embedding: Array.from(embedding) }),
});
