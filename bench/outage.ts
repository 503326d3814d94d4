import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { Client } from 'undici';
import { redisUrl, startChild } from './measuring/child.js';
import { startSplit, startStandalone, type Larder } from './measuring/larder.js';
import { median, quantile } from './measuring/quantile.js';
import { atMostAbove, type Result } from './measuring/result.js';

const callers = 4;
const pauseMs = 10;
/** Requests that begin later than this after the stop find the circuit breaker open. Milliseconds. */
const settledAfterMs = 2_000;
const outageMs = 8_000;

interface Sample {
  readonly startedAt: number;
  readonly elapsedMs: number;
}

/** What chat requests cost while Redis is stopped (SIGSTOP: connections stay open and nothing answers). */
export async function run(): Promise<Result[]> {
  const upstream = await startChild('bench/processes/upstream.js');
  const env = { LARDER_UPSTREAM_URL: `${upstream.url}/v1`, LARDER_UPSTREAM_API_KEY: 'bench-upstream-key' };
  try {
    return [
      ...(await measure('standalone', await startStandalone(env), upstream.url)),
      ...(await measure('split', await startSplit(env), upstream.url)),
    ];
  } finally {
    await upstream.stop();
  }
}

async function measure(name: string, larder: Larder, directUrl: string): Promise<Result[]> {
  try {
    await ask(larder.url, larder.headers, 200);
    const peer = median((await ask(directUrl, larder.headers, 1_000)).map(({ elapsedMs }) => elapsedMs));
    const { stoppedAt, samples } = await duringOutage(() => ask(larder.url, larder.headers, outageMs));
    const [first, then] = partition(samples, stoppedAt + settledAfterMs);
    const worst = (share: number, from: readonly number[]) => quantile(from, share);
    return [
      atMostAbove(300, { name: `${name}: worst until the breaker opens`, unit: 'ms', ours: worst(1, first), peer }),
      atMostAbove(20, { name: `${name}: p50 afterwards`, unit: 'ms', ours: worst(0.5, then), peer }),
      atMostAbove(20, { name: `${name}: p99 afterwards`, unit: 'ms', ours: worst(0.99, then), peer }),
      atMostAbove(20, { name: `${name}: worst afterwards`, unit: 'ms', ours: worst(1, then), peer }),
    ];
  } finally {
    await larder.stop();
  }
}

function partition(samples: readonly Sample[], at: number): [number[], number[]] {
  const times = (of: readonly Sample[]) => of.map(({ elapsedMs }) => elapsedMs);
  return [times(samples.filter((each) => each.startedAt < at)), times(samples.filter((each) => each.startedAt >= at))];
}

/** Stops the Redis of this run, which `npm run bench` has started, for as long as the work takes. */
async function duringOutage(work: () => Promise<Sample[]>): Promise<{ stoppedAt: number; samples: Sample[] }> {
  const redis = new Redis(redisUrl());
  const pid = Number(/process_id:(\d+)/.exec(await redis.info('server'))?.[1]);
  redis.disconnect();
  const stoppedAt = performance.now();
  process.kill(pid, 'SIGSTOP');
  try {
    return { stoppedAt, samples: await work() };
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

/** Distinct prompts for so many milliseconds, from a few callers at a time. */
async function ask(url: string, headers: Readonly<Record<string, string>>, forMs: number): Promise<Sample[]> {
  const samples: Sample[] = [];
  const endsAt = performance.now() + forMs;
  const call = async (caller: number): Promise<void> => {
    const client = new Client(url);
    for (let turn = 0; performance.now() < endsAt; turn += 1) {
      const startedAt = performance.now();
      await askOnce(client, headers, `${url} ${caller} ${startedAt}`);
      samples.push({ startedAt, elapsedMs: performance.now() - startedAt });
      await sleep(pauseMs);
    }
    await client.close();
  };
  await Promise.all(Array.from({ length: callers }, (_, caller) => call(caller)));
  return samples;
}

async function askOnce(client: Client, headers: Readonly<Record<string, string>>, prompt: string): Promise<void> {
  const body = JSON.stringify({ model: 'bench-model', messages: [{ role: 'user', content: prompt }] });
  const response = await client.request({
    method: 'POST',
    path: '/v1/chat/completions',
    headers: { ...headers },
    body,
  });
  const text = await response.body.text();
  if (response.statusCode !== 200) throw new Error(`${response.statusCode}: ${text}`);
}
