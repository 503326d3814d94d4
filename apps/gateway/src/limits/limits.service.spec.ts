import { beforeEach, describe, expect, it } from '@jest/globals';
import type {
  CheckLimitsRequest,
  LimitDefinition,
  LimitRuleChange,
  LimitState,
  LimitVerdict,
  ReserveLimitsRequest,
} from '#contracts';
import { assignmentRule, blockRule, policyRule } from '#limits';
import { LarderConfig, Metrics, ServiceEnv } from '#service';
import { LimitRulesService } from './limit-rules.service.js';
import { LimitsUnavailableError, type LimitsClient } from './limits.client.js';
import { LimitsService } from './limits.service.js';
import type { SettlementService } from './settlement.service.js';
import { UncountedLimitsService } from './uncounted-limits.service.js';

const requests: LimitDefinition = {
  name: 'burst',
  scope: ['user'],
  unit: 'requests',
  algorithm: 'fixed-window',
  capacity: 6,
  windowSeconds: 60,
};
const tokens: LimitDefinition = { ...requests, name: 'tokens', unit: 'tokens', capacity: 9_000 };
const money: LimitDefinition = { ...requests, name: 'money', unit: 'microUsd', capacity: 1_000_000 };
const state: LimitState = {
  policy: 'p',
  name: 'burst',
  unit: 'requests',
  algorithm: 'fixed-window',
  limit: 6,
  windowSeconds: 60,
  remaining: 5,
  resetMs: 60_000,
  retryAfterMs: 0,
};
const caller = { principal: { tenant: 't', keyId: 'k' }, userId: 'ann', model: 'm' };
const estimate = () => ({ model: 'm', inputTokens: 1_000, maxOutputTokens: 500, outputPer1M: 2 });
const away = new LimitsUnavailableError('away');

/** The limits of a gateway, on a limit service that is played by hand. */
class PlayedService {
  readonly checks: CheckLimitsRequest[] = [];
  readonly reservations: ReserveLimitsRequest[] = [];
  readonly cancelled: string[] = [];
  changes: readonly LimitRuleChange[] = [];
  verdict: LimitVerdict | Error = { allowed: true, limits: [state] };
  readonly rules: LimitRulesService;
  readonly limits: LimitsService;

  constructor() {
    const env = new ServiceEnv();
    env.limitReplicas = 3;
    const client = this.client();
    this.rules = new LimitRulesService(client, new LarderConfig());
    const settlements = {
      cancel: async ({ id }: { id: string }) => void this.cancelled.push(id),
    } as unknown as SettlementService;
    const uncounted = new UncountedLimitsService(env);
    this.limits = new LimitsService(client, this.rules, uncounted, settlements, new Metrics());
  }

  /** Assigns a policy of these limits to everybody. */
  async limitBy(...limits: LimitDefinition[]): Promise<void> {
    await this.load(policyRule({ name: 'p', limits }), assignmentRule({ policy: 'p' }));
  }

  async load(...changes: LimitRuleChange[]): Promise<void> {
    this.changes = changes;
    await this.rules.onApplicationBootstrap();
    this.rules.onApplicationShutdown();
  }

  private client(): LimitsClient {
    const answer = async () => {
      if (this.verdict instanceof Error) throw this.verdict;
      return this.verdict;
    };
    const client: Partial<Record<keyof LimitsClient, unknown>> = {
      rules: async () => ({ version: 1, changes: this.changes, more: false }),
      check: (request: CheckLimitsRequest) => (this.checks.push(request), answer()),
      reserve: (request: ReserveLimitsRequest) => (this.reservations.push(request), answer()),
    };
    return client as LimitsClient;
  }
}

let service: PlayedService;
beforeEach(() => {
  service = new PlayedService();
});
const admit = async () => service.limits.admit(caller);
const admitted = async (times: number) => {
  const standings = await Promise.all(Array.from({ length: times }, admit));
  return standings.filter(({ refusal }) => !refusal).length;
};

describe('admission', () => {
  it('asks nobody for a caller without limits', async () => {
    await service.load();
    expect(await admit()).toEqual({ headers: {} });
    expect(await service.limits.reserve(caller, estimate)).toEqual({ headers: {} });
    expect([service.checks, service.reservations]).toEqual([[], []]);
  });

  it('repeats a denial of requests without asking, for the same caller only', async () => {
    await service.limitBy(requests);
    service.verdict = { allowed: false, binding: 'burst', limits: [{ ...state, remaining: 0, retryAfterMs: 60_000 }] };
    for (const _ of [1, 2, 3]) expect((await admit()).refusal).toMatchObject({ status: 429 });
    expect(service.checks).toHaveLength(1);
    expect((await service.limits.admit({ ...caller, userId: 'bob' })).refusal).toMatchObject({ status: 429 });
    expect(service.checks).toHaveLength(2);
  });

  it('asks again after a denial where tokens may be given back', async () => {
    await service.limitBy(requests, tokens);
    service.verdict = { allowed: false, binding: 'burst', limits: [{ ...state, remaining: 0, retryAfterMs: 60_000 }] };
    for (const _ of [1, 2]) expect((await admit()).refusal).toMatchObject({ status: 429 });
    expect(service.checks).toHaveLength(2);
  });

  it('asks for everybody as long as the rules are not known', async () => {
    expect((await admit()).headers).toHaveProperty('ratelimit');
    expect(service.checks).toHaveLength(1);
  });

  it('takes one request and no place, and wants no receipt where nothing can be given back', async () => {
    await service.limitBy(requests);
    await admit();
    const subject = { user: 'ann', key: 'k', model: 'm' };
    expect(service.checks).toEqual([{ tenant: 't', subject, cost: { requests: 1 }, leavePlaces: true }]);
  });

  it('wants a receipt where a model call may be denied later', async () => {
    await service.limitBy(requests, tokens);
    service.verdict = { allowed: true, limits: [state], receipt: 'r' };
    expect((await admit()).receipt).toBe('r');
    expect(service.checks[0]!.operationId).toMatch(/^[0-9a-f]{32}$/);
  });

  it('refuses what the service denies, with where the caller stands', async () => {
    await service.limitBy(requests);
    const reached = { ...state, remaining: 0, retryAfterMs: 500 };
    service.verdict = { allowed: false, binding: 'burst', limits: [reached] };
    const { refusal, headers } = await admit();
    expect(refusal).toMatchObject({ status: 429, headers: { 'retry-after-ms': '500' } });
    expect(headers['ratelimit']).toBe('"burst";r=0;t=60');
  });

  it('refuses a blocked caller without asking', async () => {
    await service.load(blockRule({ tenant: 't', user: 'ann' }));
    expect((await admit()).refusal).toMatchObject({ status: 403 });
    expect((await service.limits.admit({ ...caller, userId: 'bob' })).refusal).toBeUndefined();
    expect(service.checks).toEqual([]);
  });
});

describe('admission while the limit service is away', () => {
  beforeEach(() => {
    service.verdict = away;
  });

  it("admits this replica's share of a limit, and says so", async () => {
    await service.limitBy(requests);
    expect(await admitted(6)).toBe(2);
    expect((await admit()).isDegraded).toBe(true);
    expect((await admit()).refusal).toMatchObject({ status: 429 });
  });

  it('admits everything that a limit which fails open would count', async () => {
    await service.limitBy({ ...requests, onRedisFailure: 'open' });
    expect(await admitted(20)).toBe(20);
  });

  it('admits nothing past a limit that fails closed, and does not call it reached', async () => {
    await service.limitBy({ ...requests, onRedisFailure: 'closed' });
    expect((await admit()).refusal).toMatchObject({ status: 503, headers: { 'x-larder-limit': 'burst' } });
  });

  it('admits requests past a money limit: what they cost is asked when a model is called', async () => {
    await service.limitBy(money);
    expect((await admit()).refusal).toBeUndefined();
    expect((await service.limits.reserve(caller, estimate)).refusal).toMatchObject({ status: 503 });
  });

  it('goes by the configuration file when the service was never heard', async () => {
    expect(await admit()).toEqual({ headers: {}, isDegraded: true });
  });
});

describe('a reservation', () => {
  it('is not asked for where only requests are limited', async () => {
    await service.limitBy(requests);
    expect((await service.limits.reserve(caller, estimate)).spending).toBeUndefined();
    expect(service.reservations).toEqual([]);
  });

  it('carries the estimate, and the receipt of the request that it may give back', async () => {
    await service.limitBy(requests, tokens);
    const { spending } = await service.limits.reserve(caller, estimate, 'r');
    expect(spending).toBeDefined();
    expect(service.reservations).toMatchObject([
      { estimate: estimate(), refund: 'r', keepOnExpiry: true, tenant: 't' },
    ]);
  });

  it('is taken back when it was denied here and may have been made there', async () => {
    await service.limitBy(money);
    service.verdict = away;
    expect((await service.limits.reserve(caller, estimate)).refusal).toBeDefined();
    expect(service.cancelled).toEqual([service.reservations[0]!.id]);
  });

  it("takes its part of this replica's share, and gives its place back", async () => {
    const places: LimitDefinition = { ...requests, name: 'places', algorithm: 'concurrency', capacity: 3 };
    await service.limitBy(tokens, places);
    service.verdict = away;
    const first = await service.limits.reserve(caller, estimate);
    expect((await service.limits.reserve(caller, estimate)).refusal).toMatchObject({ status: 429 });
    await first.spending!.cancel();
    expect((await service.limits.reserve(caller, estimate)).refusal).toBeUndefined();
    // 3 × 1 500 of a share of 3 000 do not fit, place or not.
    expect((await service.limits.reserve(caller, estimate)).refusal).toMatchObject({ status: 429 });
  });
});
