import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { send } from './larder/http.js';
import { chatBody, eventually, freshPrompt, useSuite } from './larder/suite.js';
import { startRedis } from './redis/index.js';

const promptCount = 1_000;
const failing = 20;
const concurrency = 8;
const folder = mkdtempSync(join(tmpdir(), 'larder-warming-'));
const config = join(folder, 'larder.json');
const [booted, fromFile, clocked] = [freshPrompt('at boot'), freshPrompt('in a file'), freshPrompt('by the clock')];
writeFileSync(join(folder, 'faq.txt'), `\n${fromFile}\n\n`);
writeFileSync(
  config,
  JSON.stringify({
    warming: [
      { name: 'boot', tenant: 'acme', model: 'stand-in', prompts: [booted], promptsFile: join(folder, 'faq.txt') },
      { name: 'clock', tenant: 'acme', model: 'stand-in', prompts: [clocked], schedule: '* * * * * *' },
    ],
  }),
);

interface Job {
  readonly status: string;
  readonly progress: { readonly done: number } | null;
  readonly result: unknown;
}

/** Caches that are warm before anybody asks, whoever dies meanwhile. */
describe('warming', () => {
  const current = useSuite({
    topology: 'standalone',
    redis: () => startRedis(),
    env: { LARDER_CONFIG: config, LARDER_JOB_LEASE_MS: '2000' },
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ['at the start of the worker', booted],
    ['at the start, from a file', fromFile],
    ['by the clock', clocked],
  ])('happens as the configuration says: %s', async (_, prompt) => {
    const { larder, upstream } = current();
    await eventually(() => expect(upstream.chatCalls({ containing: prompt })).toHaveLength(1), 60_000);
    await eventually(async () => {
      expect((await larder.chat(chatBody(prompt))).headers['x-larder-cache']).toBe('hit-exact');
    });
    expect(upstream.chatCalls({ containing: prompt })).toHaveLength(1);
  });

  it('of 1 000 prompts goes on where it was when its process is killed: none is asked twice but those in flight', async () => {
    const { larder, upstream } = current();
    const every = promptCount / failing;
    const behaviours = Array.from({ length: promptCount }, (_, n) =>
      n % every === 0 ? { status: 400 } : { delayMs: 5 },
    );
    const model = upstream.newModel(...behaviours, {});
    const prompts = Array.from({ length: promptCount }, (_, n) => freshPrompt(`prompt ${n}`));
    const options = { 'x-larder-cache-mode': 'exact' };
    const warmed = await larder.cacheRest('/v1/caches/default/warm', {
      body: { model, prompts, concurrency, options },
    });
    expect(warmed.status).toBe(202);
    const { id } = warmed.json<{ id: string }>();
    // The tenant's own key may not see jobs; a key that may looks instead.
    const { key } = await larder.createKey({ roles: ['jobs'] });
    const read = async (more = '') =>
      send(`${larder.urlOf('worker')}/v1/jobs/${id}${more}`, { headers: { authorization: `Bearer ${key}` } });
    await eventually(async () => {
      const { done } = (await read()).json<Job>().progress!;
      expect(done).toBeGreaterThan(promptCount / 5);
      expect(done).toBeLessThan(promptCount);
    }, 60_000);
    await larder.restart();
    const job = await eventually(async () => {
      const seen = (await read()).json<Job>();
      expect(seen.status).toBe('succeeded');
      return seen;
    }, 85_000);

    const asked = prompts.map((prompt) => upstream.chatCalls({ model, containing: prompt }).length);
    expect(Math.min(...asked)).toBe(1);
    const twice = asked.filter((count) => count > 1).length;
    expect(twice).toBeLessThanOrEqual(concurrency);
    expect(Math.max(...asked)).toBeLessThanOrEqual(2);
    const lines = (await read('/output')).text.trim().split('\n');
    const output = lines.map((line) => JSON.parse(line) as { at: number; error?: object });
    expect(output.map(({ at }) => at)).toEqual(prompts.map((_, at) => at));
    const failed = output.filter(({ error }) => error !== undefined).length;
    expect(failed).toBeGreaterThan(0);
    expect(job.result).toEqual({ total: promptCount, succeeded: promptCount - failed, failed });
  });
});
