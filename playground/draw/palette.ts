/** The page's colours as a canvas takes them: the style sheet's variables, read when day turns to night and not at every frame. */

/** Colours by what they are for; `classes` and `levels` go round. */
export interface Palette {
  readonly ground: string;
  readonly ink: string;
  readonly soft: string;
  readonly grid: string;
  readonly panel: string;
  readonly accent: string;
  readonly lines: readonly string[];
}

const names = { ground: "--paper", ink: "--ink", soft: "--quiet", grid: "--grid", panel: "--sheet", accent: "--accent" } as const;

const lineCount = 6;

export const paletteOf = (read: (variable: string) => string): Palette => ({
  ...(Object.fromEntries(Object.entries(names).map(([name, variable]) => [name, read(variable)])) as Record<keyof typeof names, string>),
  lines: Array.from({ length: lineCount }, (_, index) => read(`--l${index}`)),
});

/** Colour number `index` of those that tell things apart, which go round. */
export const lineColour = ({ lines }: Palette, index: number): string => lines[index % lines.length] ?? "";

/** Marks that tell classes apart where colours do not. */
export const marks = ["circle", "square", "triangle", "diamond", "cross", "star"] as const;

/** How a class looks: six colours times six marks before two look alike. */
export const lookOf = (label: number): { readonly colour: number; readonly mark: (typeof marks)[number] } => ({
  colour: label % lineCount,
  mark: marks[(label + Math.floor(label / lineCount)) % marks.length] ?? "circle",
});
