import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Test, type TestingModule } from '@nestjs/testing';
import { RedisConnectionModule } from '#redis-connection';
import { createLog } from '#service';
import { startRedis, type RunningRedis } from '../../../../test/redis/index.js';
import { PermanentFailure, RetryAfter, type JobContext } from '../job/job-kind.js';
import { BulkRunService, type BulkWork } from './bulk-run.service.js';
import { OutputRepository } from './output.repository.js';

let redis: RunningRedis;
let module: TestingModule;
let bulk: BulkRunService;
let outputs: OutputRepository;
let jobId: string;

beforeAll(async () => {
  redis = await startRedis();
  const urls = { cache: redis.url, state: redis.url, bus: redis.url };
  module = await Test.createTestingModule({
    imports: [RedisConnectionModule.forRoot({ urls, keyPrefix: `t${randomBytes(6).toString('hex')}` })],
    providers: [BulkRunService, OutputRepository],
  }).compile();
  await module.init();
  [bulk, outputs] = [module.get(BulkRunService), module.get(OutputRepository)];
});

afterAll(async () => {
  await module.close();
  await redis.stop();
});

beforeEach(() => {
  jobId = randomBytes(16).toString('hex');
});

const progress: object[] = [];
function contextOf(signal: AbortSignal): JobContext {
  return {
    jobId,
    tenant: 'acme',
    caller: {},
    traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
    submittedAt: Date.now(),
    attempt: 1,
    idempotencyKey: jobId,
    signal,
    log: createLog('worker', 'silent'),
    lastProgress: null,
    progress: (value) => void progress.push(value),
  };
}

const numbers = Array.from({ length: 250 }, (_, at) => at);
const work = (
  each: (part: number) => Promise<void> | void,
  more: Partial<BulkWork<number>> = {},
): BulkWork<number> => ({
  parts: numbers,
  concurrency: 8,
  work: async (part) => {
    await each(part);
    return [{ part }];
  },
  failure: (part, error) => ({ part, error }),
  ...more,
});

async function lines(): Promise<Record<string, unknown>[]> {
  let text = '';
  for await (const piece of outputs.read({ tenant: 'acme', jobId })) text += piece;
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

const run = (wanted: BulkWork<number>, signal = new AbortController().signal) => bulk.run(contextOf(signal), wanted);

describe('a job of many parts', () => {
  it('keeps every part in the order of its input, with bounded concurrency, and tells how far it is', async () => {
    let running = 0;
    let most = 0;
    const result = await run(
      work(async (part) => {
        most = Math.max(most, (running += 1));
        await sleep(part % 3);
        running -= 1;
      }),
    );
    expect(result).toEqual({ total: 250, succeeded: 250, failed: 0 });
    expect(most).toBe(8);
    expect((await lines()).map(({ part }) => part)).toEqual(numbers);
    expect(progress.at(-1)).toEqual({ done: 250, failed: 0, total: 250 });
  });

  it('goes on where it was stopped, and does no part twice but those under way', async () => {
    const asked = new Map<number, number>();
    const stop = new AbortController();
    const count = async (part: number) => {
      asked.set(part, (asked.get(part) ?? 0) + 1);
      if (asked.size === 100) stop.abort(new Error('drained'));
      await sleep(1);
      stop.signal.throwIfAborted();
    };
    await expect(run(work(count), stop.signal)).rejects.toThrow('drained');
    const before = (await lines()).length;
    expect(before).toBeGreaterThan(80);
    expect(await run(work((part) => void asked.set(part, (asked.get(part) ?? 0) + 1)))).toMatchObject({
      succeeded: 250,
    });
    const twice = [...asked.values()].filter((times) => times > 1).length;
    expect(twice).toBeLessThanOrEqual(8);
    expect((await lines()).map(({ part }) => part)).toEqual(numbers);
  });

  it('keeps the error of a part that failed and goes on; a repetition may heal it', async () => {
    const asked = new Map<number, number>();
    const result = await run(
      work(
        (part) => {
          const times = (asked.get(part) ?? 0) + 1;
          asked.set(part, times);
          if (part === 3) throw new PermanentFailure('never', 'no_good');
          if (part === 4 && times === 1) throw new Error('for now');
        },
        { parts: [1, 2, 3, 4, 5] },
      ),
    );
    expect(result).toEqual({ total: 5, succeeded: 4, failed: 1 });
    expect(asked.get(4)).toBe(2);
    expect((await lines())[2]).toEqual({ part: 3, error: { code: 'no_good', message: 'never' } });
  });

  it('waits where it is told to, all of it, without counting that as a failure', async () => {
    let told = 0;
    const result = await run(
      work(
        (part) => {
          if (part < 5 && (told += 1) <= 5) throw new RetryAfter(30);
        },
        { parts: [0, 1, 2, 3, 4, 5] },
      ),
    );
    expect(result).toEqual({ total: 6, succeeded: 6, failed: 0 });
  });

  it('stops at once when its signal is aborted while it waits', async () => {
    const stop = new AbortController();
    const waiting = run(
      work(() => {
        setTimeout(() => stop.abort(new Error('cancelled')), 10);
        throw new RetryAfter(60_000);
      }),
      stop.signal,
    );
    await expect(waiting).rejects.toThrow('cancelled');
  });
});
