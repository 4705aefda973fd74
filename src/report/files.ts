/** The figures of a report as SVG files of their own: names and texts, for whoever writes them. */
import { asFile, lineChart } from "./chart.js";
import { comparedFigure, figuresOf } from "./curves.js";
import { countedIn, histogramChart } from "./levels.js";
import { mapChart } from "./map.js";
import type { Report } from "./story.js";
import { fileStyle } from "./style.js";
import { noThumbs } from "./thumbs.js";

export interface FigureFile {
  readonly name: string;
  readonly svg: string;
}

/** Runs are numbered where there are several: their names may be paths. */
export const figureFiles = ({ runs, groups }: Report): readonly FigureFile[] => {
  const called = (number: number, name: string): string => (runs.length === 1 ? `${name}.svg` : `run-${number + 1}-${name}.svg`);
  const file = (name: string, svg: string): FigureFile => ({ name, svg: asFile(svg, fileStyle) });
  return [
    ...(runs.length < 2 ? [] : [file("compared.svg", lineChart(comparedFigure(groups).chart))]),
    ...runs.flatMap((run, number) => {
      const counted = countedIn(run.epochs);
      return [
        ...figuresOf(run).map(({ name, chart }) => file(called(number, name), lineChart(chart))),
        ...(counted.length === 0 ? [] : [file(called(number, "histogram"), histogramChart(counted))]),
        ...(run.looked === undefined ? [] : [file(called(number, "map"), mapChart(run.looked.map, noThumbs))]),
      ];
    }),
  ];
};
