import { describe, expect, it } from '@jest/globals';
import type { LimitDefinition, LimitState, LimitVerdict } from '#contracts';
import { effectiveLimits } from './effective-limit.js';
import type { LocalDemand } from './local-share.js';
import { RememberedDenials, staysDenied } from './remembered-denials.js';

const perMinute: LimitDefinition = {
  name: 'minute',
  scope: ['user'],
  unit: 'requests',
  algorithm: 'fixed-window',
  capacity: 10,
  windowSeconds: 60,
};
const demandsOf = (limit = effectiveLimits({ name: 'p', limits: [perMinute] })[0]!, cost = 1, counter = 'ann') => [
  { effective: limit, counter, cost },
];
const stateOf = (members: Partial<LimitState>): LimitState => ({
  policy: 'p',
  name: 'minute',
  unit: 'requests',
  algorithm: 'fixed-window',
  limit: 10,
  windowSeconds: 60,
  remaining: 0,
  resetMs: 60_000,
  retryAfterMs: 60_000,
  ...members,
});
const denied = (members: Partial<LimitState> = {}): LimitVerdict => {
  return { allowed: false, binding: 'minute', limits: [stateOf(members)] };
};

/** Denials beside a clock and a service that are played by hand. */
class Scene {
  now = 5_000;
  asked = 0;
  answer = denied();
  readonly denials = new RememberedDenials(() => this.now);

  ask(demands: readonly LocalDemand[]): Promise<LimitVerdict> {
    return this.denials.findOr(demands, async () => ((this.asked += 1), this.answer));
  }
}

describe('a remembered denial', () => {
  it('is repeated with the time that has passed, and nobody is asked', async () => {
    const scene = new Scene();
    const demands = demandsOf();
    await scene.ask(demands);
    scene.now += 400;
    expect(await scene.ask(demands)).toEqual(denied({ resetMs: 59_600, retryAfterMs: 59_600 }));
    expect(scene.asked).toBe(1);
  });

  it('lasts a second at most, and never as long as the wait that it told', async () => {
    const scene = new Scene();
    const demands = demandsOf();
    await scene.ask(demands);
    scene.now += 1_000;
    scene.answer = denied({ retryAfterMs: 20 });
    await scene.ask(demands);
    scene.now += 18;
    await scene.ask(demands);
    expect(scene.asked).toBe(2);
    scene.now += 1;
    await scene.ask(demands);
    expect(scene.asked).toBe(3);
  });

  it('that no wait helps lasts a second', async () => {
    const scene = new Scene();
    const demands = demandsOf();
    scene.answer = denied({ retryAfterMs: null });
    await scene.ask(demands);
    scene.now += 999;
    expect(await scene.ask(demands)).toMatchObject({ limits: [{ retryAfterMs: null }] });
    expect(scene.asked).toBe(1);
  });

  it('is of one counter, one cost and one definition', async () => {
    const scene = new Scene();
    const [limit] = effectiveLimits({ name: 'p', limits: [perMinute] });
    await scene.ask(demandsOf(limit));
    await scene.ask(demandsOf(limit, 2));
    await scene.ask(demandsOf(limit, 1, 'bob'));
    await scene.ask(demandsOf(effectiveLimits({ name: 'p', limits: [perMinute] })[0]));
    expect(scene.asked).toBe(4);
  });

  it('is not kept of what was let through, decided without Redis or refused by a block, nor after a reset', async () => {
    const scene = new Scene();
    const demands = demandsOf();
    const answers: LimitVerdict[] = [
      { allowed: true, limits: [stateOf({ retryAfterMs: 0 })] },
      { ...denied(), degraded: true },
      { ...denied(), binding: 'block' },
      denied(),
    ];
    for (const answer of answers) {
      scene.answer = answer;
      await scene.ask(demands);
    }
    expect(scene.asked).toBe(4);
    scene.denials.forget();
    await scene.ask(demands);
    expect(scene.asked).toBe(5);
  });
});

it('only limits in which nothing but time makes room stay denied', () => {
  const others: Partial<LimitDefinition>[] = [{ unit: 'tokens' }, { unit: 'microUsd' }, { algorithm: 'concurrency' }];
  const limits = [{}, ...others].map((members) => ({ ...perMinute, ...members }));
  expect(effectiveLimits({ name: 'p', limits }).map(staysDenied)).toEqual([true, false, false, false]);
  expect(effectiveLimits({ name: 'p', denyCache: false, limits: [perMinute] }).map(staysDenied)).toEqual([false]);
});
