import { readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import type { LimitRule } from '#contracts';
import { defineScript, RedisConnections, type RedisClient } from '#redis-connection';
import { limitRuleKeys, type LimitRuleKeys } from '#redis-keys';
import { fromRedis } from '../ratelimit.errors.js';
import { ruleText } from './rule-text.js';

const lua = (name: string) => readFileSync(new URL(`./${name}.lua`, import.meta.url), 'utf8');
const changeRule = defineScript({
  name: 'change-rule',
  lua: lua('change-rule'),
  keys: ['rules', 'changes', 'removed'],
  args: ['id', 'json', 'most', 'rememberMs', 'ifVersion'],
});
const readRules = defineScript({
  name: 'read-rules',
  lua: lua('read-rules'),
  keys: ['rules', 'changes'],
  args: ['from', 'most'],
});

/** Policies, assignments and blocks together: all of them are in the memory of every replica. */
const mostRules = 100_000;
/** Whoever follows the changes reads all of them anew every minute. */
const rememberRemovalsMs = 3_600_000;

/** A rule as it was last changed. */
export interface RuleChange {
  readonly id: string;
  /** Milliseconds since 1970, or more. */
  readonly version: number;
  /** Null: it was removed. */
  readonly text: string | null;
}

/** Rules in Redis. Every script touches the keys of one slot. */
@Injectable()
export class RuleRepository {
  private readonly keys: LimitRuleKeys;

  constructor(private readonly connections: RedisConnections) {
    this.keys = limitRuleKeys(connections.keyPrefix);
  }

  /** False when there are so many rules that no other may be added. */
  async set(rule: LimitRule): Promise<boolean> {
    return (await this.change(rule.id, ruleText(rule))) >= 0;
  }

  /** False when there was none. `ifVersion`: only if it was not changed since. */
  async remove(id: string, ifVersion = 0): Promise<boolean> {
    return (await this.change(id, '', ifVersion)) === 1;
  }

  /** At most `most` changes, the oldest first, from a version on (itself included). */
  async changesFrom(version: number, most: number): Promise<RuleChange[]> {
    const keys = { rules: this.keys.rules(), changes: this.keys.changes() };
    const rows = await fromRedis(() => readRules.run(this.redis, { keys, args: { from: version, most } }));
    const cells = rows as (string | null)[];
    const changes: RuleChange[] = [];
    for (let at = 0; at < cells.length; at += 3) {
      changes.push({ id: cells[at] as string, version: Number(cells[at + 1]), text: cells[at + 2] ?? null });
    }
    return changes;
  }

  private async change(id: string, json: string, ifVersion = 0): Promise<number> {
    const keys = { rules: this.keys.rules(), changes: this.keys.changes(), removed: this.keys.removed() };
    const args = { id, json, most: mostRules, rememberMs: rememberRemovalsMs, ifVersion };
    return (await fromRedis(() => changeRule.run(this.redis, { keys, args }))) as number;
  }

  private get redis(): RedisClient {
    return this.connections.command('state');
  }
}
