import { performance } from 'node:perf_hooks';
import { quantile } from '../measuring/quantile.js';

export type Call = () => Promise<unknown>;

export interface Measurement {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Keeps `inFlight` calls under way for a while, each answered one being followed by the next. */
export async function measure(call: Call, inFlight: number, milliseconds: number): Promise<Measurement> {
  const latencies: number[] = [];
  const start = performance.now();
  const end = start + milliseconds;
  const worker = async () => {
    for (let now = performance.now(); now < end;) {
      await call();
      const after = performance.now();
      latencies.push(after - now);
      now = after;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  const seconds = (performance.now() - start) / 1_000;
  return { perSecond: latencies.length / seconds, p50Ms: quantile(latencies, 0.5), p99Ms: quantile(latencies, 0.99) };
}
