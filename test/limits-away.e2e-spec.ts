import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Reply } from './larder/http.js';
import { limit, OwnLimits } from './larder/own-limits.js';
import { eventually, patienceMs, useSuite } from './larder/suite.js';
import { startRedis, type RunningRedis } from './redis/index.js';

const folder = mkdtempSync(join(tmpdir(), 'larder-limits-'));
const config = join(folder, 'larder.yaml');
writeFileSync(config, 'models:\n  - { id: stand-in, inputPer1M: 150, outputPer1M: 600 }\n');
afterAll(() => rmSync(folder, { recursive: true }));

const money = limit({ name: 'money', unit: 'microUsd', capacity: 1_000_000_000 });
const degradedOf = ({ headers }: Reply) => headers['x-larder-degraded']?.split(',') ?? [];

describe('limits at three gateways', () => {
  let redis: RunningRedis;
  const current = useSuite({
    topology: 'split',
    gateways: 3,
    caches: 1,
    services: ['ratelimit'],
    env: { LARDER_LIMIT_REPLICAS: '3', LARDER_CONFIG: config },
    redis: async () => (redis = await startRedis({ args: ['--appendonly', 'yes'] })),
  });

  it('count money to the micro-dollar', async () => {
    const own = await OwnLimits.begin(current, money);
    const replies = [await own.chat(), await own.chat({}, {}, 1), await own.chat({}, {}, 2)];
    const streamed = await own.chat({ stream: true });
    const told = replies.map(({ headers }) => Math.round(Number(headers['x-larder-cost-usd']) * 1e6));
    const streamedCost = Number(/cost-micro-usd=(\d+)/.exec(streamed.text)![1]);
    expect(streamedCost).toBeGreaterThan(11 * 150);
    await own.untilUsed({ money: told.reduce((sum, each) => sum + each, streamedCost) });
  });

  describe('while Redis is away', () => {
    let local: OwnLimits;
    let open: OwnLimits;
    let closed: OwnLimits;
    let paying: OwnLimits;

    /** Four times at each gateway. */
    const askAll = async (own: OwnLimits): Promise<Reply[]> => {
      const replies: Reply[] = [];
      for (let turn = 0; turn < 12; turn += 1) replies.push(await own.chat({}, {}, turn % 3));
      return replies;
    };

    beforeAll(async () => {
      [local, open, closed, paying] = await Promise.all([
        OwnLimits.begin(current, limit({ capacity: 6 })),
        OwnLimits.begin(current, limit({ capacity: 1, onRedisFailure: 'open' })),
        OwnLimits.begin(current, limit({ onRedisFailure: 'closed' })),
        OwnLimits.begin(current, money),
      ]);
      redis.signal('SIGKILL');
    }, patienceMs);

    it('admit together no more than the limit, where each has its share', async () => {
      const replies = await askAll(local);
      const admitted = replies.filter(({ status }) => status === 200);
      expect(admitted.length).toBeGreaterThan(0);
      expect(admitted.length).toBeLessThanOrEqual(6);
      expect(admitted.every((reply) => degradedOf(reply).includes('ratelimit'))).toBe(true);
      const refused = replies.find(({ status }) => status !== 200)!;
      expect([refused.status, refused.headers['x-larder-limit']]).toEqual([429, 'requests']);
    });

    it('admit everything where the limit fails open', async () => {
      expect((await askAll(open)).map(({ status }) => status)).toEqual(Array(12).fill(200));
    });

    it('admit nothing where it fails closed, as money does by itself', async () => {
      for (const own of [closed, paying]) {
        const replies = await askAll(own);
        expect(replies.map(({ status }) => status)).toEqual(Array(12).fill(503));
        expect(replies[0]!.text).toContain('limits_unavailable');
      }
    });

    it('count again as soon as Redis is back', async () => {
      await redis.restart();
      for (const gateway of current().larder.gateways.keys()) {
        await eventually(async () => {
          const reply = await closed.chat({}, {}, gateway);
          expect([reply.status, degradedOf(reply)]).toEqual([200, []]);
        }, 40_000);
      }
    });
  });
});
