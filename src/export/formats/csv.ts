/** Comma-separated values (RFC 4180): a header `file,e0,e1,..`, then a line a picture, its path in quotes. */
import { lineExporter } from "../lines.js";

const quoted = (text: string): string => `"${text.replace(/"/g, '""')}"`;

export const exporter = lineExporter({
  about: "comma-separated values",
  head: (width) => ["file", ...Array.from({ length: width }, (_, index) => `e${index}`)].join(","),
  line: ({ file, embedding }) => [quoted(file), ...Array.from(embedding)].join(","),
});
