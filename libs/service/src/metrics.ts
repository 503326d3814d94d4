import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** The series of one metric by the values of its labels, which prom-client would check and hash anew for every observation. */
export class KnownSeries<Series> {
  private readonly known = new Map<string, Series>();

  constructor(private readonly metric: { labels(...values: string[]): Series }) {}

  of(...values: string[]): Series {
    const name = values.join(' ');
    let series = this.known.get(name);
    if (series === undefined) this.known.set(name, (series = this.metric.labels(...values)));
    return series;
  }
}

/** The process' Prometheus registry. Labels are bounded sets (route, status, reason), never ids, prompts or keys. */
export class Metrics {
  readonly registry = new Registry();

  counter<Label extends string = string>(name: string, help: string, labelNames: readonly Label[] = []) {
    return new Counter<Label>({ name, help, labelNames, registers: [this.registry] });
  }

  histogram<Label extends string = string>(
    name: string,
    help: string,
    labelNames: readonly Label[] = [],
    buckets?: number[],
  ) {
    return new Histogram<Label>({ name, help, labelNames, registers: [this.registry], ...(buckets && { buckets }) });
  }

  /** `collect` sets the value when a scrape asks, so that nothing runs in between. */
  gauge<Label extends string = string>(
    name: string,
    help: string,
    labelNames: readonly Label[] = [],
    collect?: (gauge: Gauge<Label>) => void,
  ) {
    return new Gauge<Label>({
      name,
      help,
      labelNames,
      registers: [this.registry],
      ...(collect && {
        collect(this: Gauge<Label>) {
          collect(this);
        },
      }),
    });
  }

  /** CPU, memory, event loop and garbage collection of this process. */
  watchProcess(): void {
    collectDefaultMetrics({ register: this.registry });
  }
}
