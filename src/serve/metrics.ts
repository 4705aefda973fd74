/** What the service has done, in Prometheus' text format (version 0.0.4). Labels have few values, whatever is asked. */

/** Upper ends of the histogram, in seconds. */
const ends = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;

export interface Answered {
  /** The route's path, or "other". */
  readonly route: string;
  readonly method: string;
  readonly status: number;
  readonly seconds: number;
}

/** Gauges: what is so now, with its explanation. */
export type Gauges = Readonly<Record<string, readonly [value: number, help: string]>>;

export interface Metrics {
  readonly count: (answered: Answered) => void;
  readonly text: (gauges: Gauges) => string;
}

interface Timed {
  readonly counts: number[];
  sum: number;
  count: number;
}

const methods: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"]);

const described = (name: string, kind: string, help: string, lines: readonly string[]): readonly string[] => [
  `# HELP ${name} ${help}`,
  `# TYPE ${name} ${kind}`,
  ...lines,
];

export const metricsOf = (): Metrics => {
  const requests = new Map<string, number>();
  const times = new Map<string, Timed>();
  const timedOf = (route: string): Timed => {
    const known = times.get(route);
    if (known !== undefined) return known;
    const begun: Timed = { counts: ends.map(() => 0), sum: 0, count: 0 };
    times.set(route, begun);
    return begun;
  };
  return {
    count: ({ route, method, status, seconds }) => {
      const key = `method="${methods.has(method) ? method : "other"}",route="${route}",status="${status}"`;
      requests.set(key, (requests.get(key) ?? 0) + 1);
      const timed = timedOf(route);
      // Each bucket holds all that is as short or shorter.
      ends.forEach((end, index) => {
        if (seconds <= end) timed.counts[index] = (timed.counts[index] ?? 0) + 1;
      });
      timed.sum += seconds;
      timed.count += 1;
    },
    text: (gauges) =>
      `${[
        ...described(
          "mdr_requests_total",
          "counter",
          "Requests answered.",
          [...requests].map(([labels, count]) => `mdr_requests_total{${labels}} ${count}`),
        ),
        ...described(
          "mdr_request_seconds",
          "histogram",
          "Seconds from a request's head to its answer.",
          [...times].flatMap(([route, { counts, sum, count }]) => [
            ...counts.map((below, index) => `mdr_request_seconds_bucket{route="${route}",le="${ends[index]}"} ${below}`),
            `mdr_request_seconds_bucket{route="${route}",le="+Inf"} ${count}`,
            `mdr_request_seconds_sum{route="${route}"} ${sum}`,
            `mdr_request_seconds_count{route="${route}"} ${count}`,
          ]),
        ),
        ...Object.entries(gauges).flatMap(([name, [value, help]]) => described(name, "gauge", help, [`${name} ${value}`])),
      ].join("\n")}\n`,
  };
};
