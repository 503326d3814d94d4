import { beforeEach, describe, expect, it } from '@jest/globals';
import type { SettleReservationRequest } from '#contracts';
import { completion, hit, miss, ScriptedPath } from '../../../../test/gateway/scripted-path.js';
import type { SettlementService } from '../limits/settlement.service.js';
import { Spending } from '../limits/spending.js';
import { CacheUnavailableError } from './answer-cache.client.js';
import { errorOutcome } from './outcome.js';

const error = { message: 'no more', type: 'rate_limit_error', code: 'rate_limit_exceeded' };
const refusal = errorOutcome(429, error, { 'retry-after': '2' });
const denied = { refusal, headers: { ratelimit: '"burst";r=0;t=2' } };

let path: ScriptedPath;
let settled: (SettleReservationRequest | 'cancelled')[];

beforeEach(() => {
  path = new ScriptedPath();
  settled = [];
  const settlements = {
    settle: async (request: SettleReservationRequest) => void settled.push(request),
    cancel: async () => void settled.push('cancelled'),
  } as unknown as SettlementService;
  const reservation = { tenant: 't', id: 'a'.repeat(32) };
  const spending = new Spending(reservation, { model: 'm', inputTokens: 1 }, settlements, () => {});
  path.allowance = { headers: { ratelimit: '"tokens";r=90;t=60' }, spending };
});

const costs = () => settled.map((each) => (each === 'cancelled' ? each : [each.cost.tokens, each.estimated ?? false]));

describe('a denied request', () => {
  beforeEach(() => {
    path.admission = denied;
  });

  it.each([
    ['in the cache', hit],
    ['not in the cache', miss],
    ['not to be looked up', new CacheUnavailableError()],
  ])('is refused when its answer is %s', async (_case, found) => {
    path.lookUpReply = found;
    const answer = await path.ask();
    expect(answer).toMatchObject({ status: 429, body: refusal.body });
    expect(answer.headers).toEqual({ 'retry-after': '2', ratelimit: '"burst";r=0;t=2' });
    expect([path.asked, path.reserved]).toEqual([[], []]);
  });

  it('is refused past the cache, too', async () => {
    expect((await path.ask({ 'x-larder-cache-mode': 'off' })).status).toBe(429);
    expect(path.asked).toEqual([]);
  });

  it('gives back the flight that it was made the leader of', async () => {
    await path.ask();
    expect(path.landed).toMatchObject([{ exactKey: miss.exactKey }]);
    expect(path.landed[0]).not.toHaveProperty('outcome');
  });

  it('gives back the flight of a stale answer, and refreshes nothing', async () => {
    const revalidate = { exactKey: 'd'.repeat(64), generation: '7' };
    path.lookUpReply = { ...hit, ttlSeconds: -5, revalidate };
    await path.ask();
    expect([path.landed.length, path.asked]).toEqual([1, []]);
  });

  it('leaves nothing to be kept for its idempotency key', async () => {
    expect(await (await path.ask()).outcome).toBeUndefined();
  });
});

describe('a model call that the limits deny', () => {
  beforeEach(() => {
    path.admission = { headers: { ratelimit: '"burst";r=5;t=2' }, receipt: 'paid' };
    path.allowance = { refusal, headers: { ratelimit: '"tokens";r=0;t=60' } };
  });

  it('is not made; the flight lands without an answer, and the request is given back', async () => {
    const answer = await path.ask();
    expect(answer).toMatchObject({ status: 429, headers: { ratelimit: '"tokens";r=0;t=60', 'retry-after': '2' } });
    expect([path.asked, path.reserved]).toEqual([[], [{ receipt: 'paid' }]]);
    expect(path.landed).toHaveLength(1);
    expect(path.landed[0]).not.toHaveProperty('outcome');
  });

  it('is no failure of upstream that an expired answer could stand in for', async () => {
    path.staleReply = { ...hit, ttlSeconds: -5 };
    expect((await path.ask()).status).toBe(429);
    expect(path.lookUps).toHaveLength(1);
  });

  it('does not touch an answer from the cache', async () => {
    path.lookUpReply = hit;
    const answer = await path.ask();
    expect([answer.status, answer.headers['ratelimit']]).toEqual([200, '"burst";r=5;t=2']);
    expect(path.reserved).toEqual([]);
  });
});

describe('a model call', () => {
  it('is settled by what upstream reported, and told of with where the caller then stands', async () => {
    const answer = await path.ask();
    expect(answer.headers['ratelimit']).toBe('"tokens";r=90;t=60');
    expect(settled).toMatchObject([{ cost: { inputTokens: 3, outputTokens: 2, tokens: 5, microUsd: 42 } }]);
  });

  it('whose usage nobody told is settled by an estimate, and marked', async () => {
    path.upstreamReply = { status: 200, text: completion().replace(/,"usage":.*\}$/, '}') };
    await path.ask();
    expect(costs()).toEqual([[undefined, true]]);
  });

  it('that upstream refused costs nothing', async () => {
    path.upstreamReply = { status: 400, text: '{"error":{}}' };
    await path.ask();
    expect(costs()).toEqual(['cancelled']);
  });

  it('that came too late costs an estimate: nobody knows what upstream did', async () => {
    path.upstreamReply = { status: 504, text: '{"error":{}}' };
    await path.ask();
    expect(costs()).toEqual([[undefined, true]]);
  });

  it.each([
    ['what upstream had reported', { prompt_tokens: 11, completion_tokens: 1, total_tokens: 12 }, [12, false]],
    ['an estimate of what it had written', undefined, [undefined, true]],
  ])('that broke off costs %s', async (_case, usage, cost) => {
    const choices = [{ index: 0, delta: { content: 'half' }, finish_reason: null }];
    const chunk = JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices, usage });
    const headers = { 'content-type': 'text/event-stream' };
    path.upstreamReply = { status: 200, headers, text: `data: ${chunk}\n\ndata: {"error":{"message":"no"}}\n\n` };
    const answer = await path.ask({}, { stream: true });
    await answer.outcome;
    expect(costs()).toEqual([cost]);
  });

  it('says once that the limits went without Redis', async () => {
    path.admission = { headers: {}, isDegraded: true };
    path.allowance = { ...path.allowance, isDegraded: true };
    path.lookUpReply = new CacheUnavailableError();
    expect((await path.ask()).headers['x-larder-degraded']).toBe('cache,ratelimit');
  });
});
