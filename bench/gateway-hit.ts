import { Redis } from 'ioredis';
import { redisUrl, startChild } from './measuring/child.js';
import { primeCache, question, startSplit, startStandalone, type Larder } from './measuring/larder.js';
import { load, type LoadReport } from './measuring/load.js';
import { median } from './measuring/quantile.js';
import { atLeastTimes, atMostAbove, reported, type Result } from './measuring/result.js';

const connectionCounts = [16, 64] as const;
const warmUpSeconds = 3;
/** Short rounds: a busy moment of the machine spoils few of them, and the median leaves those out. */
const seconds = 2;
/** They alternate between the two, so that a busy while hits both. */
const rounds = 3;

/** Exact hits through the gateway against a bare Fastify and ioredis handler that does one GET. */
export async function run(): Promise<Result[]> {
  return [...(await compare('standalone', startStandalone)), ...(await compare('split', startSplit))];
}

async function compare(topology: 'standalone' | 'split', start: () => Promise<Larder>): Promise<Result[]> {
  const larder = await start();
  const answer = await primeCache(larder);
  await storeBareAnswer(answer);
  const bare = await startChild('bench/processes/bare-handler.js');
  const peer = { url: bare.url, headers: larder.headers };
  try {
    for (const target of [larder, peer]) await measure(target, 16, warmUpSeconds);
    const results: Result[] = [];
    for (const connections of connectionCounts) results.push(...(await contest(topology, larder, peer, connections)));
    return results;
  } finally {
    await Promise.all([larder.stop(), bare.stop()]);
  }
}

type Target = Pick<Larder, 'url' | 'headers'>;

async function contest(topology: string, ours: Target, peer: Target, connections: number): Promise<Result[]> {
  const reports: { ours: LoadReport[]; peer: LoadReport[] } = { ours: [], peer: [] };
  for (let round = 0; round < rounds; round += 1) {
    reports.peer.push(await measure(peer, connections, seconds));
    reports.ours.push(await measure(ours, connections, seconds));
  }
  const pair = (pick: (report: LoadReport) => number) => ({
    ours: median(reports.ours.map(pick)),
    peer: median(reports.peer.map(pick)),
  });
  const name = `${topology}, ${connections} connections`;
  const rate = { name: `${name}: requests per second`, unit: '1/s', ...pair((report) => report.requestsPerSecond) };
  const p50 = { name: `${name}: p50`, unit: 'ms', ...pair((report) => report.p50) };
  const p99 = { name: `${name}: p99`, unit: 'ms', ...pair((report) => report.p99) };
  const boundedP50 = topology === 'standalone' && connections === 16;
  return [
    atLeastTimes(topology === 'standalone' ? 0.5 : 0.25, rate),
    boundedP50 ? atMostAbove(1, p50) : reported(p50),
    reported(p99),
  ];
}

function measure({ url, headers }: Target, connections: number, forSeconds: number): Promise<LoadReport> {
  return load({ url: `${url}/v1/chat/completions`, connections, seconds: forSeconds, headers, body: question });
}

/** The bare handler answers with the very same bytes. */
async function storeBareAnswer(answer: string): Promise<void> {
  const redis = new Redis(redisUrl());
  await redis.set('bare', answer);
  redis.disconnect();
}
