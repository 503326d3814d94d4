import { afterAll, beforeAll, jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startLarder, type LarderOptions, type RunningLarder } from './larder.js';
import { startUpstream, type StandInUpstream } from './upstream.js';

/** A test that starts processes may take this long on a busy machine; nothing here measures speed. */
export const patienceMs = 90_000;
jest.setTimeout(patienceMs);

/** Stands in every prompt that tests send, so that one search finds any of them where they must not be. */
export const promptMarker = 'heliotrope-walrus';

/** A prompt that nobody asked before. */
export function freshPrompt(subject = 'anything'): string {
  return `${promptMarker} asks about ${subject} ${randomUUID()}`;
}

/** A chat body with one user turn. */
export function chatBody(prompt = freshPrompt(), more: Readonly<Record<string, unknown>> = {}) {
  return { model: 'stand-in', messages: [{ role: 'user' as const, content: prompt }], ...more };
}

/** What a group of behaviours runs against. */
export interface Suite {
  readonly larder: RunningLarder;
  readonly upstream: StandInUpstream;
  readonly redisUrl: string;
  /** Where the suite writes its audit archive. */
  readonly archiveDir: string;
}

export type CurrentSuite = () => Suite;

interface StartedRedis {
  readonly url: string;
  stop(): Promise<void>;
}

export type SuiteOptions = Omit<LarderOptions, 'redisUrl' | 'upstream'> & { redis: () => Promise<StartedRedis> };

/** Starts Redis, the stand-in upstream and the suite before the tests of a describe block, and stops them after. */
export function useSuite(options: SuiteOptions): CurrentSuite {
  let redis: StartedRedis | undefined;
  let upstream: StandInUpstream | undefined;
  let larder: RunningLarder | undefined;
  let archiveDir = '';
  beforeAll(async () => {
    [redis, upstream] = await Promise.all([options.redis(), startUpstream()]);
    archiveDir = await mkdtemp(join(tmpdir(), 'larder-archive-'));
    const env = { LARDER_ARCHIVE_DIR: archiveDir, ...options.env };
    larder = await startLarder({ ...options, env, redisUrl: redis.url, upstream });
  }, patienceMs);
  afterAll(async () => {
    await larder?.stop();
    await Promise.all([upstream?.stop(), redis?.stop()]);
    await rm(archiveDir, { recursive: true, force: true });
  }, patienceMs);
  return () => {
    if (!larder || !upstream || !redis) throw new Error('the suite did not start');
    return { larder, upstream, redisUrl: redis.url, archiveDir };
  };
}

/** Repeats an attempt until it stops throwing; then its result, or its last error when patience ends. */
export async function eventually<T>(attempt: () => T | Promise<T>, withinMs = 20_000): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(100);
    }
  }
}
