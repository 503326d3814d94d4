import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { expectProblem } from '../larder/error-shapes.js';
import { send } from '../larder/http.js';
import { promptMarker, type CurrentSuite } from '../larder/suite.js';

const savings = '/v1/savings?requestsPerDay=10000&hitRate=0.7&pricePer1kTokens=0.003&tokensPerRequest=500';
const capacity = '/v1/capacity?entries=100000&dimensions=1536&dtype=float32&responseBytes=2048&metadataBytes=512';
const pairs = [
  { a: `Reset my ${promptMarker} password`, b: `reset my ${promptMarker} pasword`, same: true },
  { a: `Cancel my ${promptMarker} order`, b: `Do not cancel my ${promptMarker} order`, same: false },
];

/** What a cache saves, what it takes, and where its threshold belongs. */
export function cachesCanBePlanned(current: CurrentSuite): void {
  describe('planning', () => {
    it("answers the field's examples, to whoever may read", async () => {
      const { larder } = current();
      expect((await larder.cacheRest(savings)).json()).toMatchObject({
        paidPerDayUsd: '4.50',
        savedPerDayUsd: '10.50',
        savedPerMonthUsd: '315.00',
      });
      expect((await larder.cacheRest(capacity)).json()).toMatchObject({ payloadBytes: 870_400_000 });
      for (const path of [savings, capacity]) {
        expectProblem(await send(`${larder.cacheUrl}${path}`), 401);
        expectProblem(await larder.cacheRest(`${path}&entries=0&hitRate=2`), 400);
      }
    });

    it('tunes a threshold for whoever may read, and applies it for whoever may write', async () => {
      const { larder } = current();
      const cache = `/v1/caches/tuned-${randomUUID()}`;
      const { key } = await larder.createKey({ roles: ['cache:read'] });
      const headers = { authorization: `Bearer ${key}` };
      const tune = (body: object, more = {}) => larder.cacheRest(`${cache}/thresholds/tune`, { body, ...more });
      const { threshold } = (await tune({ pairs }, { headers })).json<{ threshold: number }>();
      expect(threshold).toBeGreaterThan(0);
      expectProblem(await tune({ pairs, apply: true }, { headers }), 403);
      expect((await tune({ pairs, apply: true })).json()).toMatchObject({ applied: true, threshold });
      expect((await larder.cacheRest(cache)).json()).toMatchObject({ similarityThreshold: threshold });
    });
  });
}
