import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { startCacheApp, type RunningCache } from '../../../../test/cache/cache-app.js';
import { startRedis, type RunningRedis } from '../../../../test/redis/index.js';
import type { TuningDto } from './thresholds.dto.js';

let redis: RunningRedis;
let cache: RunningCache;

/** As many of the labelled set as are asked for, of two kinds that are the same and two that are not. */
function labelledPairs(ofEach: number) {
  return ['typo', 'reordering', 'number', 'same-topic'].flatMap((kind) => {
    const file = new URL(`../../../../test/data/${kind}.jsonl`, import.meta.url);
    const lines = readFileSync(file, 'utf8').trim().split('\n').slice(0, ofEach);
    return lines.map((line) => {
      const { a, b, same } = JSON.parse(line) as { a: string; b: string; same: boolean };
      return { a, b, same };
    });
  });
}

const pairs = labelledPairs(20);

async function tune(payload: object, cacheId = 'faq') {
  const { status, type, body } = await cache.call('POST', `/v1/caches/${cacheId}/thresholds/tune`, payload);
  return { status, type, body: body as unknown as TuningDto & { detail: string; param: string } };
}

beforeAll(async () => {
  redis = await startRedis();
  cache = await startCacheApp(redis.url);
  await cache.untilIndexed();
});

afterAll(async () => {
  await cache.stop();
  await redis.stop();
});

describe('POST /v1/caches/{cacheId}/thresholds/tune', () => {
  it('answers the best F1 and the whole curve, with guards and without', async () => {
    const { status, body } = await tune({ pairs });
    expect(status).toBe(200);
    expect(body).toMatchObject({ samePairs: 40, otherPairs: 40, applied: false });
    for (const { best, curve } of [body.withGuards, body.withoutGuards]) {
      expect(best!.f1).toBe(Math.max(...curve.map(({ f1 }) => f1)));
      expect(curve.length).toBeGreaterThan(10);
      for (const { precision, recall } of curve) {
        expect(recall.low).toBeLessThanOrEqual(recall.value);
        expect(precision?.high ?? 1).toBeGreaterThanOrEqual(precision?.value ?? 0);
      }
    }
    expect(body.threshold).toBe(body.withGuards.best!.threshold);
    expect(body.withGuards.best!.f1).toBeGreaterThanOrEqual(body.withoutGuards.best!.f1);
  });

  it('reaches a wanted precision, and makes the threshold the cache’s own where it is told to', async () => {
    await cache.call('PUT', '/v1/caches/tuned', { attributes: ['locale'], similarityThreshold: 0.5 });
    const { body } = await tune({ pairs, targetPrecision: 0.95, apply: true }, 'tuned');
    expect(body).toMatchObject({ applied: true, presentThreshold: 0.5 });
    expect(body.withGuards.best!.precision!.value).toBeGreaterThanOrEqual(0.95);
    const { body: policy } = await cache.call('GET', '/v1/caches/tuned');
    expect(policy).toMatchObject({ similarityThreshold: body.threshold, attributes: ['locale'] });
  });

  it('applies nothing where no threshold reaches the objective', async () => {
    const lucky = { pairs, targetPrecision: 0.999, bound: 'low', apply: true };
    const { body } = await tune(lucky);
    expect(body).toMatchObject({ threshold: null, applied: false, withGuards: { best: null } });
    const { body: policy } = await cache.call('GET', '/v1/caches/faq');
    expect(policy).not.toHaveProperty('similarityThreshold');
  });

  it.each([
    ['pairs', {}],
    ['pairs', { pairs: [pairs[0]] }],
    ['pairs', { pairs: pairs.filter(({ same }) => same) }],
    ['pairs', { pairs: [...pairs, { a: 'x'.repeat(1_025), b: 'y', same: true }] }],
    ['targetPrecision', { pairs, targetPrecision: 0 }],
    ['targetPrecision', { pairs, targetPrecision: 1.1 }],
    ['targetPrecision', { pairs, targetPrecision: 0.9, objective: 'f1' }],
    ['objective', { pairs, objective: 'recall' }],
    ['bound', { pairs, bound: 'high' }],
    ['apply', { pairs, apply: 'yes' }],
  ])('names %s when that is wrong (%#)', async (param, payload) => {
    const { status, type, body } = await tune(payload);
    expect({ status, type }).toEqual({ status: 400, type: expect.stringContaining('application/problem+json') });
    expect(body).toMatchObject({ param, detail: expect.stringContaining(param) });
  });

  it('runs once at a time', async () => {
    const both = await Promise.all([tune({ pairs }), tune({ pairs })]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 429]);
  });
});
