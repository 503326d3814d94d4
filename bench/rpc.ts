import 'reflect-metadata';
import { median } from './measuring/quantile.js';
import { atLeastTimes, atMostAbove, reported, type Result } from './measuring/result.js';
import { startNestRedis, startStreams, type Contestant } from './rpc/clients.js';
import { measure, type Measurement } from './rpc/load.js';

const inFlights = [1, 16, 64, 256] as const;
const rounds = 7;
const warmUpMs = 1_000;
const roundMs = 1_500;
const throughputGoal = 1.2;
/** From so many calls in flight on, batching must pay. */
const goalFrom = 64;

/** The Streams transport against Nest's built-in Redis transport: 200-byte payload, echo handler, two processes each. */
export async function run(): Promise<Result[]> {
  const ours = await startStreams();
  const peer = await startNestRedis();
  try {
    const results: Result[] = [];
    for (const inFlight of inFlights) results.push(...(await compare(ours, peer, inFlight)));
    return results;
  } finally {
    await ours.close();
    await peer.close();
  }
}

/** Turn by turn, so that what else happens on the machine hits both; the medians are compared. */
async function compare(ours: Contestant, peer: Contestant, inFlight: number): Promise<Result[]> {
  for (const { call } of [ours, peer]) await measure(call, inFlight, warmUpMs);
  const of: Record<'ours' | 'peer', Measurement[]> = { ours: [], peer: [] };
  for (let round = 0; round < rounds; round++) {
    of.ours.push(await measure(ours.call, inFlight, roundMs));
    of.peer.push(await measure(peer.call, inFlight, roundMs));
  }
  const measured = (key: keyof Measurement, name: string, unit: string) => ({
    name: `${name}, ${inFlight} in flight`,
    unit,
    ours: median(of.ours.map((measurement) => measurement[key])),
    peer: median(of.peer.map((measurement) => measurement[key])),
  });
  const throughput = measured('perSecond', 'throughput', '1/s');
  const p99 = measured('p99Ms', 'p99', 'ms');
  const hasGoal = inFlight >= goalFrom;
  return [
    hasGoal ? atLeastTimes(throughputGoal, throughput) : reported(throughput),
    reported(measured('p50Ms', 'p50', 'ms')),
    hasGoal ? atMostAbove(0, p99) : reported(p99),
  ];
}
