import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expectOpenAiError } from './larder/error-shapes.js';
import { failures, Load } from './larder/load.js';
import { chatBody, eventually, freshPrompt, useSuite, type CurrentSuite } from './larder/suite.js';
import { startRedis, type RunningRedis } from './redis/index.js';

const unknownKey = 'lk_0123456789abcdef_0123456789abcdef0123456789abcdef';
const worrying = new Set(['warn', 'error', 'fatal']);

interface LogLine {
  readonly level: string;
}

function warnings(log: string): string[] {
  return log.split('\n').filter((line) => line.startsWith('{') && worrying.has((JSON.parse(line) as LogLine).level));
}

/** Waits until that many requests of the load were asked and answered after a moment. */
async function untilAnswered(load: Load, since: number, count = 60): Promise<void> {
  await eventually(() => expect(load.since(since).length).toBeGreaterThanOrEqual(count), 60_000);
}

async function expectHealed(current: CurrentSuite): Promise<void> {
  await eventually(async () => {
    for (const gateway of current().larder.gateways.keys()) {
      const body = chatBody();
      const replies = [await current().larder.chat(body, {}, gateway), await current().larder.chat(body, {}, gateway)];
      expect(replies.map((reply) => reply.headers['x-larder-degraded'])).toEqual([undefined, undefined]);
      expect(replies[1]!.headers['x-larder-cache']).toBe('hit-exact');
    }
  }, 40_000);
}

/** Redis stops, comes back, dies and comes back again while chat traffic goes on. */
describe.each(['standalone', 'split'] as const)('Redis outage under load, %s', (topology) => {
  let redis: RunningRedis;
  let load: Load;
  let storedBefore: string;
  const current = useSuite({
    topology,
    gateways: 2,
    caches: 2,
    // As in production: here waiting is what matters.
    env: { LARDER_CACHE_LOOK_UP_MS: '250', LARDER_CACHE_STORE_MS: '50' },
    redis: async () => (redis = await startRedis({ args: ['--appendonly', 'yes'] })),
  });
  beforeAll(() => {
    load = new Load(current().larder, { concurrency: 6, pauseMs: 25, timeoutMs: 20_000 });
  });
  afterAll(async () => {
    if (load) await load.stop();
  });

  const whileAway = (how: string) => {
    it(`${how}: every chat request with a known key is answered, and says that the cache was skipped`, async () => {
      const { larder } = current();
      const since = Date.now();
      await untilAnswered(load, since);
      expect(failures(load.results)).toEqual([]);
      const reply = await larder.chat(chatBody());
      expect(reply.status).toBe(200);
      expect(reply.headers['x-larder-degraded']?.split(',')).toContain('cache');
    });

    it(`${how}: an unknown key is told to come back, not that it is wrong`, async () => {
      const headers = { authorization: `Bearer ${unknownKey}` };
      expectOpenAiError(await current().larder.chat(chatBody(), headers), 503);
    });

    it(`${how}: a question in a session is told to come back, or answered without it where it says so`, async () => {
      const { larder } = current();
      const session = { 'x-larder-session': 'kept-elsewhere' };
      expect(expectOpenAiError(await larder.chat(chatBody(), session), 503).code).toBe('session_unavailable');
      const reply = await larder.chat(chatBody(), { ...session, 'x-larder-session-on-failure': 'stateless' });
      expect(reply.status).toBe(200);
      expect(reply.headers['x-larder-degraded']?.split(',')).toContain('session');
    });

    it(`${how}: identical misses still share one call in a process`, async () => {
      const { larder, upstream } = current();
      const model = upstream.newModel({ delayMs: 1_500 });
      const body = chatBody(freshPrompt(), { model });
      const replies = await Promise.all(Array.from({ length: 16 }, () => larder.chat(body)));
      expect(replies.map((each) => each.status)).toEqual(Array(16).fill(200));
      expect(upstream.chatCalls({ model })).toHaveLength(1);
    });
  };

  describe('stopped (SIGSTOP)', () => {
    beforeAll(async () => {
      await eventually(() => expect(load.results.some((result) => result.cache === 'hit-exact')).toBe(true));
      storedBefore = freshPrompt('something from before');
      await eventually(async () => {
        const reply = await current().larder.chat(chatBody(storedBefore));
        expect(reply.headers['x-larder-cache']).toBe('hit-exact');
      });
      redis.signal('SIGSTOP');
    });
    whileAway('while it is stopped');
    it('heals by itself when it goes on', async () => {
      redis.signal('SIGCONT');
      await expectHealed(current);
    });
  });

  describe('killed (SIGKILL)', () => {
    beforeAll(() => redis.signal('SIGKILL'));
    whileAway('while it is dead');
    it('heals by itself when it is started again, and remembers', async () => {
      await redis.restart();
      await expectHealed(current);
      // Replicas heal one by one; only-if-cached stores nothing, so that asking again cannot make it true.
      await eventually(async () => {
        const reply = await current().larder.chat(chatBody(storedBefore), { 'cache-control': 'only-if-cached' });
        expect(reply.headers['x-larder-cache']).toBe('hit-exact');
      });
    });
  });

  it('no request failed or hung, and the log tells of transitions, not of every request', async () => {
    const { larder } = current();
    const results = await load.stop();
    expect(failures(results)).toEqual([]);
    expect(results.length).toBeGreaterThan(300);
    for (const each of larder.processes) {
      const lines = warnings(each.log);
      expect({ app: each.app, lines: lines.length > 40 ? lines.slice(0, 60) : [] }).toEqual({
        app: each.app,
        lines: [],
      });
      expect(each.exited).toBe(false);
    }
  });
});
