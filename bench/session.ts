import 'reflect-metadata';
import { Redis } from 'ioredis';
import { countTokens as countPlainly } from 'gpt-tokenizer/encoding/o200k_base';
import { countTokens } from '../libs/llm/index.js';
import { createService, LarderConfig, ServiceEnv } from '../libs/service/index.js';
import { ContextReader } from '../apps/session/src/context/context-reader.js';
import { ConversationService } from '../apps/session/src/conversation/conversation.service.js';
import { MessageAppendService } from '../apps/session/src/message/message-append.service.js';
import { SessionModule } from '../apps/session/src/session.module.js';
import { redisUrl } from './measuring/child.js';
import { median, quantile } from './measuring/quantile.js';
import { atLeastTimes, atMost, atMostTimes, reported, type Result } from './measuring/result.js';
import { append, fill, messageOf, tenant, type SessionParts } from './session/conversations.js';
import { OneValueSession } from './session/one-value.js';

const wish = { model: 'gpt-4o-mini', maxTokens: 2_000, strategy: 'pinned' } as const;
const pool = 40;
const length = 200;
const rounds = 7;
/** Few, so that the sessions hardly grow. */
const turnsPerRound = 120;
const inFlights = [1, 16];
const short = 100;
const long = 10_000;
const samples = 400;
const letters = 65_536;

/** Append and window, against one JSON value for the whole history, and a long session against a short one. */
export async function run(): Promise<Result[]> {
  const env = Object.assign(new ServiceEnv(), { redisUrl: redisUrl(), logLevel: 'error' });
  const service = { name: 'session', defaultPort: 0, modules: [SessionModule], rpc: 'local' } as const;
  const app = await createService(service, env, new LarderConfig());
  const parts: SessionParts = {
    conversations: app.get(ConversationService, { strict: false }),
    appends: app.get(MessageAppendService, { strict: false }),
    contexts: app.get(ContextReader, { strict: false }),
  };
  const redis = new Redis(redisUrl());
  try {
    return [...(await againstOneValue(parts, redis)), ...(await longAgainstShort(parts)), ...(await unbrokenRun())];
  } finally {
    redis.disconnect();
    await app.close();
  }
}

/** Turn by turn, so that what else happens on the machine hits both. */
async function againstOneValue(parts: SessionParts, redis: Redis): Promise<Result[]> {
  const peer = new OneValueSession(redis);
  const history = Array.from({ length }, (_, place) => messageOf(place));
  const results: Result[] = [];
  for (const inFlight of inFlights) {
    const perSecond: Record<'ours' | 'peer', number[]> = { ours: [], peer: [] };
    const ids = Array.from({ length: pool }, (_, index) => `at-${inFlight}-${index}`);
    for (const id of ids) await fill(parts, id, length);
    for (const id of ids) await peer.fill(id, history);
    for (let round = 0; round <= rounds; round += 1) {
      const ours = await throughput(ids, inFlight, (id, place) => turn(parts, id, place));
      const its = await throughput(ids, inFlight, (id, place) => peer.turn(id, messageOf(place), wish.maxTokens));
      // The first round warms both up.
      if (round === 0) continue;
      perSecond.ours.push(ours);
      perSecond.peer.push(its);
    }
    const name = `append + window at ${length} messages, ${inFlight} in flight`;
    const measured = { name, unit: '1/s', ours: median(perSecond.ours), peer: median(perSecond.peer) };
    results.push(atLeastTimes(3, measured));
  }
  return results;
}

async function turn(parts: SessionParts, sessionId: string, place: number): Promise<void> {
  await append(parts, sessionId, [messageOf(place)]);
  await parts.contexts.read({ tenant, sessionId }, wish);
}

/** No session has two turns at once: the peer would lose messages. */
async function throughput(
  ids: readonly string[],
  inFlight: number,
  work: (id: string, place: number) => Promise<unknown>,
): Promise<number> {
  const began = performance.now();
  const lanes = Array.from({ length: inFlight }, async (_, lane) => {
    const own = ids.filter((__, index) => index % inFlight === lane);
    for (let done = 0; done < turnsPerRound / inFlight; done += 1) {
      await work(own[done % own.length]!, length + Math.floor(done / own.length));
    }
  });
  await Promise.all(lanes);
  return (turnsPerRound / (performance.now() - began)) * 1_000;
}

async function longAgainstShort(parts: SessionParts): Promise<Result[]> {
  await fill(parts, 'short', short);
  await fill(parts, 'long', long);
  const times: Record<string, { append: number[]; window: number[] }> = {};
  for (let place = -samples / 4; place < samples; place += 1) {
    // Sessions of the same length every time: the short one must not grow to four times its size.
    const id = `short-${Math.floor((place + samples) / 10)}`;
    if ((place + samples) % 10 === 0) await fill(parts, id, short);
    for (const [name, sessionId] of [
      ['short', id],
      ['long', 'long'],
    ] as const) {
      const of = (times[name] ??= { append: [], window: [] });
      const began = performance.now();
      await append(parts, sessionId, [messageOf(place + samples)]);
      const appended = performance.now();
      await parts.contexts.read({ tenant, sessionId }, wish);
      if (place < 0) continue;
      of.append.push(appended - began);
      of.window.push(performance.now() - appended);
    }
  }
  return (['append', 'window'] as const).map((part) =>
    atMostTimes(1.3, {
      name: `${part}, ${long} messages against ${short}: p50`,
      unit: 'ms',
      ours: median(times['long']![part]),
      peer: median(times['short']![part]),
    }),
  );
}

/** Each letter once, so that nothing is remembered from the last. */
async function unbrokenRun(): Promise<Result[]> {
  await countTokens('o200k', '='.repeat(letters));
  const times: number[] = [];
  for (const letter of 'abcdefghijklmnopqrstuvwxyz') {
    const began = performance.now();
    await countTokens('o200k', letter.repeat(letters));
    times.push(performance.now() - began);
  }
  const began = performance.now();
  countPlainly('a'.repeat(letters / 4));
  const plainly = performance.now() - began;
  return [
    atMost(50, { name: '64 KB of one letter counted: median of 26 letters', unit: 'ms', ours: median(times) }),
    reported({ name: '64 KB of one letter counted: slowest', unit: 'ms', ours: quantile(times, 1) }),
    reported({ name: 'a quarter of that, by gpt-tokenizer alone', unit: 'ms', ours: plainly }),
  ];
}
