/** How a run went so far: Recall@1 of seen and unseen classes, the loss, the levels; all racers in one drawing. */
import { Canvas, type Sheet } from "../draw/canvas.js";
import { drawChart, type Line } from "../draw/chart.js";
import { lineColour } from "../draw/palette.js";
import { percent, shown } from "../draw/scale.js";
import { Term } from "../explain/term.js";
import type { Racer } from "../store/store.js";
import { useStore } from "../store/use.js";
import { levelsOf } from "../store/whatIf.js";
import { calmed, series } from "./series.js";

const recallLines = (sheet: Sheet, racers: readonly Racer[]): readonly Line[] =>
  racers.flatMap(({ index, moments }): readonly Line[] => {
    const colour = lineColour(sheet.palette, index);
    return [
      { points: series(moments.peek(), ({ recall }) => recall?.seen), colour, dash: [4, 4] },
      { points: series(moments.peek(), ({ recall }) => recall?.unseen), colour, dash: [], dots: true },
    ];
  });

const lossLines = (sheet: Sheet, racers: readonly Racer[]): readonly Line[] =>
  racers.map(({ index, moments }) => ({
    points: calmed(series(moments.peek(), ({ loss }) => loss)),
    colour: lineColour(sheet.palette, index),
    dash: [],
  }));

const levelLines = (sheet: Sheet, racers: readonly Racer[]): readonly Line[] =>
  racers.flatMap(({ moments }) => {
    const own = moments.peek();
    const count = own[0] === undefined ? 0 : levelsOf(own[0]).length;
    return Array.from({ length: count }, (_, level) => ({
      points: series(own, (moment) => levelsOf(moment)[level]),
      colour: lineColour(sheet.palette, level),
      dash: [],
    }));
  });

interface ChartProperties {
  readonly label: string;
  readonly lines: (sheet: Sheet, racers: readonly Racer[]) => readonly Line[];
  readonly low: number;
  readonly high: number;
  readonly write?: (value: number) => string;
}

const Curve = ({ label, lines, low, high, write }: ChartProperties) => {
  const { racers, standing } = useStore();
  return (
    <Canvas
      class="chart-sheet"
      label={label}
      watch={() => racers.value.map(({ moments }) => moments.value)}
      paint={(sheet) => {
        const own = racers.peek();
        const newest = own.reduce((most, { moments }) => Math.max(most, moments.peek().at(-1)?.step ?? 0), 0);
        // Grows by doubling, and not a little with each moment: lines stay where they were seen.
        const last = Math.min(Math.max(1, standing.peek().last), 2 ** Math.ceil(Math.log2(Math.max(40, newest))));
        drawChart(sheet, { lines: lines(sheet, own), last: Math.max(last, newest), low, high, ...(write === undefined ? {} : { write }) });
        return false;
      }}
    />
  );
};

const newestRecall = (racer: Racer) => racer.moments.value.findLast(({ recall }) => recall !== undefined)?.recall;

/** The newest numbers of one racer, in words. */
const Standing = ({ racer }: { readonly racer: Racer }) => {
  const [recall, newest] = [newestRecall(racer), racer.moments.value.at(-1)];
  return (
    <tr>
      <th scope="row">
        <span class="swatch" style={{ background: `var(--l${racer.index})` }} />
        {racer.title}
      </th>
      <td>{recall === undefined ? "–" : percent(recall.unseen)}</td>
      <td>{recall === undefined ? "–" : percent(recall.seen)}</td>
      <td>{newest?.loss === undefined ? "–" : shown(newest.loss)}</td>
    </tr>
  );
};

/** Recall@1 and loss of all racers: what a race is about. */
export const Standings = () => {
  const { racers } = useStore();
  return (
    <div class="wide">
      <table class="standings">
        <thead>
          <tr>
            <td />
            <th scope="col">
              <Term of="Recall@1" /> <Term of="unseen class">unseen</Term>
            </th>
            <th scope="col">
              <Term of="seen class">seen</Term>
            </th>
            <th scope="col">
              <Term of="L" />
            </th>
          </tr>
        </thead>
        <tbody>
          {racers.value.map((racer) => (
            <Standing key={racer.id} racer={racer} />
          ))}
        </tbody>
      </table>
    </div>
  );
};

export const CurvesView = () => {
  const { racers } = useStore();
  return (
    <div class="curves">
      <figure>
        <figcaption>
          <Term of="Recall@1" />: line unseen, dashes seen
        </figcaption>
        <Curve label="Recall@1 over the steps" lines={recallLines} low={0} high={1} write={(value) => `${Math.round(100 * value)}%`} />
      </figure>
      <figure>
        <figcaption>
          <Term of="loss">Loss</Term> <Term of="L" />, smoothed
        </figcaption>
        <Curve label="Loss over the steps" lines={lossLines} low={0} high={0.1} />
      </figure>
      {racers.value.some(({ moments }) => moments.value[0] !== undefined && levelsOf(moments.value[0]).length > 0) && (
        <figure>
          <figcaption>
            <Term of="level">Levels</Term>, in deviations
          </figcaption>
          <Curve label="Levels over the steps" lines={levelLines} low={-1} high={1} />
        </figure>
      )}
    </div>
  );
};
