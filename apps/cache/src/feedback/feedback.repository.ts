import { readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import type { CacheScope, EntryAddress } from '#contracts';
import { defineScript, RedisConnections, type RedisClient } from '#redis-connection';
import { cacheKeys, catalogueKeys, type CacheKeys, type CatalogueKeys } from '#redis-keys';
import { fromRedis, isWrongType } from '../cache.errors.js';
import { answerField, promptField, readPlace } from '../response/entry-fields.js';
import { storedStart } from '../response/stored-answer.js';

const lua = (name: string) => readFileSync(new URL(`./${name}.lua`, import.meta.url), 'utf8');
const judgePair = defineScript({
  name: 'judge-pair',
  lua: lua('judge-pair'),
  keys: ['quarantine'],
  args: ['prompt', 'forbid', 'embedder', 'similarity', 'most', 'ttlMs'],
});
const countAsker = defineScript({
  name: 'count-asker',
  lua: lua('count-asker'),
  keys: ['askers'],
  args: ['asker', 'enough', 'ttlMs'],
});
const validateAnswer = defineScript({
  name: 'validate-answer',
  lua: lua('validate-answer'),
  keys: ['exact'],
  args: ['start'],
});

/** Pairs of one entry, about 100 bytes each; the floor goes on covering those that are dropped. */
export const mostPairs = 64;
/** 30 days beyond the entry's life: the answer that takes its place is the answer to the same question. */
const quarantineMs = 30 * 86_400_000;
const askersMs = 30 * 86_400_000;

/** One question of a cache, in one generation. */
export interface QuestionPlace {
  readonly exactKey: string;
  readonly generation: string;
}

export interface JudgedEntry extends QuestionPlace {
  readonly entryId: string;
  /** Its own question; absent when it is not for comparison by meaning. */
  readonly prompt?: string;
  /** Milliseconds. */
  readonly leftMs: number;
}

/** How near a prompt and an entry's own are, by which embedder; 0–1. */
export interface Nearness {
  readonly embedder: string;
  readonly similarity: number;
}

export interface Verdicts {
  /** Feedback has forbidden this very pair. */
  readonly isForbidden: boolean;
  /** The highest similarity of a forbidden pair of this entry. */
  readonly floor?: number;
}

/**
 * What feedback has brought, in Redis. Forbidden pairs are kept with role `state`, since users do not say it twice; who has asked
 * may be forgotten. Prompts and users are hashed before they come here.
 */
@Injectable()
export class FeedbackRepository {
  private readonly keys: CatalogueKeys;
  private readonly entryKeys: CacheKeys;

  constructor(private readonly connections: RedisConnections) {
    this.keys = catalogueKeys(connections.keyPrefix);
    this.entryKeys = cacheKeys(connections.keyPrefix);
  }

  /** Nothing when there is no such entry. */
  async find({ tenant, cacheId, entryId }: EntryAddress): Promise<JudgedEntry | undefined> {
    const key = this.entryKeys.entry(tenant, cacheId, entryId);
    const [[answer, prompt], leftMs] = await fromRedis(() =>
      Promise.all([this.fields(key, answerField, promptField), this.client.pttl(key)]),
    );
    const place = readPlace(answer);
    return place && { entryId, ...place, leftMs: Math.max(0, leftMs), ...(prompt && { prompt }) };
  }

  /** False when the answer is another entry's by now, or gone. */
  async validate({ tenant, cacheId }: CacheScope, entry: QuestionPlace & { entryId: string }): Promise<boolean> {
    const keys = { exact: this.entryKeys.exact(tenant, cacheId, entry.generation, entry.exactKey) };
    const args = { start: storedStart(entry.entryId) };
    return (await fromRedis(() => validateAnswer.run(this.client, { keys, args }))) === 1;
  }

  /** @param entry its question is what the verdict is kept under: it holds for the answer that takes this one's place. */
  async judge(
    scope: CacheScope,
    entry: Pick<JudgedEntry, 'exactKey' | 'leftMs'>,
    verdict: { readonly prompt: string; readonly forbid: boolean; readonly nearness?: Nearness | undefined },
  ): Promise<void> {
    const { prompt, forbid, nearness } = verdict;
    const args = {
      prompt,
      forbid: forbid ? 1 : 0,
      embedder: nearness?.embedder ?? '',
      similarity: nearness?.similarity ?? '',
      most: mostPairs,
      ttlMs: entry.leftMs + quarantineMs,
    };
    const keys = { quarantine: this.quarantine(scope, entry.exactKey) };
    await fromRedis(() => judgePair.run(this.state, { keys, args }));
  }

  /** One read. */
  async verdicts(scope: CacheScope, exactKey: string, prompt: string, embedder: string): Promise<Verdicts> {
    const key = this.quarantine(scope, exactKey);
    const [pair, floor] = await fromRedis(() => this.state.hmget(key, `p:${prompt}`, `f:${embedder}`));
    return { isForbidden: typeof pair === 'string', ...(floor && { floor: Number(floor) }) };
  }

  /** @returns how many different users have asked, this one included; it counts no further than enough. */
  async countAsker({ tenant, cacheId }: CacheScope, question: QuestionPlace, asker: string, enough: number) {
    const keys = { askers: this.keys.askers(tenant, cacheId, question.generation, question.exactKey) };
    const args = { asker, enough, ttlMs: askersMs };
    return Number(await fromRedis(() => countAsker.run(this.client, { keys, args })));
  }

  private async fields(key: string, ...names: string[]): Promise<(string | null)[]> {
    try {
      return await this.client.hmget(key, ...names);
    } catch (error) {
      if (isWrongType(error)) return [];
      throw error;
    }
  }

  private quarantine({ tenant, cacheId }: CacheScope, exactKey: string): string {
    return this.keys.quarantine(tenant, cacheId, exactKey);
  }

  private get client(): RedisClient {
    return this.connections.command('cache');
  }

  private get state(): RedisClient {
    return this.connections.command('state');
  }
}
