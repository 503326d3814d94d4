import 'reflect-metadata';
import { Redis } from 'ioredis';
import { countTokens as countPlainly } from 'gpt-tokenizer/encoding/o200k_base';
import { countTokens } from '../libs/llm/index.js';
import { createService, LarderConfig, ServiceEnv } from '../libs/service/index.js';
import { AppendWithContextService } from '../apps/session/src/context/append-with-context.service.js';
import { ContextReader } from '../apps/session/src/context/context-reader.js';
import { ConversationService } from '../apps/session/src/conversation/conversation.service.js';
import { MessageAppendService } from '../apps/session/src/message/message-append.service.js';
import { SessionModule } from '../apps/session/src/session.module.js';
import { redisUrl } from './measuring/child.js';
import { median, quantile } from './measuring/quantile.js';
import { atLeastTimes, atMost, atMostTimes, reported, type Result } from './measuring/result.js';
import { append, appendAndRead, fill, messageOf, tenant, type SessionParts } from './session/conversations.js';
import { OneValueSession } from './session/one-value.js';

const wish = { model: 'gpt-4o-mini', maxTokens: 2_000, strategy: 'pinned' } as const;
/** Many sessions and few turns of each, so that they hardly grow: by three messages a round. */
const pool = 100;
const turnsPerRound = 300;
const length = 200;
const rounds = 9;
/** Until the code of all is compiled. */
const warmUps = 3;
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
    appendsWithContext: app.get(AppendWithContextService, { strict: false }),
  };
  const redis = new Redis(redisUrl());
  try {
    return [...(await againstOneValue(parts, redis)), ...(await longAgainstShort(parts)), ...(await unbrokenRun())];
  } finally {
    redis.disconnect();
    await app.close();
  }
}

/** Turn by turn, so that what else happens on the machine hits all. */
async function againstOneValue(parts: SessionParts, redis: Redis): Promise<Result[]> {
  const results: Result[] = [];
  for (const inFlight of inFlights) {
    const contestants = await contestantsOf(parts, new OneValueSession(redis), inFlight);
    const perSecond: Record<keyof typeof contestants, number[]> = { oneCall: [], twoCalls: [], peer: [] };
    for (let round = -warmUps; round < rounds; round += 1) {
      for (const name of inTurn(round)) {
        const { ids, turn } = contestants[name];
        const reached = await throughput(ids, inFlight, turn);
        if (round >= 0) perSecond[name].push(reached);
      }
    }
    const measured = { unit: '1/s', peer: median(perSecond.peer) };
    const name = (calls: string) => `append + window ${calls}, ${length} messages, ${inFlight} in flight`;
    results.push(atLeastTimes(3, { ...measured, name: name('in one call'), ours: median(perSecond.oneCall) }));
    results.push(atLeastTimes(3, { ...measured, name: name('in two calls'), ours: median(perSecond.twoCalls) }));
  }
  return results;
}

/** Whoever comes behind another collects its garbage: each takes each place. */
function inTurn(round: number): ('oneCall' | 'twoCalls' | 'peer')[] {
  const names = ['oneCall', 'twoCalls', 'peer'] as const;
  return names.map((_, place) => names[(place + round + warmUps) % names.length]!);
}

/** Each with sessions of its own. */
async function contestantsOf(parts: SessionParts, peer: OneValueSession, inFlight: number) {
  const sessions = (name: string) => Array.from({ length: pool }, (_, index) => `${name}-${inFlight}-${index}`);
  const oneCall = sessions('one');
  const twoCalls = sessions('two');
  const history = Array.from({ length }, (_, place) => messageOf(place));
  for (const id of [...oneCall, ...twoCalls]) await fill(parts, id, length);
  for (const id of sessions('peer')) await peer.fill(id, history);
  return {
    oneCall: { ids: oneCall, turn: (id: string, place: number) => appendAndRead(parts, id, messageOf(place), wish) },
    twoCalls: { ids: twoCalls, turn: (id: string, place: number) => appendThenRead(parts, id, place) },
    peer: { ids: sessions('peer'), turn: (id: string, at: number) => peer.turn(id, messageOf(at), wish.maxTokens) },
  };
}

async function appendThenRead(parts: SessionParts, sessionId: string, place: number): Promise<void> {
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
