import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import { defineScript, RedisConnections } from '#redis-connection';
import { gatewayKeys } from '#redis-keys';

/** An attempt that stops renewing gives its key to the next one after this long. Milliseconds. */
export const claimLeaseMs = 10_000;
/** How long an outcome answers repeats: a day, in milliseconds. */
const keepOutcomeMs = 86_400_000;
/** A record is noted before its attempt runs: the note outlives it by more than an attempt may take. Milliseconds. */
const keepNoteMs = keepOutcomeMs + 7_200_000;
/** Records of a user that are removed in one turn. */
const removedAtOnce = 100;

const lua = (name: string) => readFileSync(new URL(`./${name}.lua`, import.meta.url), 'utf8');

const claimScript = defineScript({
  name: 'claim-idempotency-key',
  lua: lua('claim-idempotency-key'),
  keys: ['record'] as const,
  args: ['fingerprint', 'token', 'leaseMs'] as const,
});

const renewScript = defineScript({
  name: 'renew-idempotency-key',
  lua: lua('renew-idempotency-key'),
  keys: ['record'] as const,
  args: ['token', 'leaseMs'] as const,
});

const finishScript = defineScript({
  name: 'finish-idempotency-key',
  lua: lua('finish-idempotency-key'),
  keys: ['record'] as const,
  args: ['token', 'outcome', 'keepMs'] as const,
});

const noteScript = defineScript({
  name: 'note-idempotency-key',
  lua: lua('note-idempotency-key'),
  keys: ['index'] as const,
  args: ['keyHash', 'keepMs'] as const,
});

/** One use of an idempotency key; `keyHash` is a SHA-256, so that what clients send never stands in a key. */
export interface IdempotentAttempt {
  readonly tenant: string;
  readonly keyHash: string;
  readonly fingerprint: string;
  readonly token: string;
  /** Whose request it is, where that is known: with the user goes the record. */
  readonly userId?: string;
}

export type ClaimReply =
  { readonly state: 'owned' | 'mismatch' | 'running' } | { readonly state: 'finished'; readonly outcome: string };

/** Idempotency keys in Redis, in the state role. */
@Injectable()
export class IdempotencyRepository {
  constructor(private readonly connections: RedisConnections) {}

  /** Notes whose the record will be, before there is one: none escapes an erasure. */
  async note({ tenant, userId, keyHash }: IdempotentAttempt): Promise<void> {
    if (userId === undefined) return;
    await noteScript.run(this.connections.command('state'), {
      keys: { index: this.index(tenant, userId) },
      args: { keyHash, keepMs: keepNoteMs },
    });
  }

  async claim(attempt: IdempotentAttempt): Promise<ClaimReply> {
    const { fingerprint, token } = attempt;
    const reply = await claimScript.run(this.connections.command('state'), {
      keys: { record: this.key(attempt) },
      args: { fingerprint, token, leaseMs: claimLeaseMs },
    });
    const [state, outcome] = reply as [ClaimReply['state'], string];
    return state === 'finished' ? { state, outcome } : { state };
  }

  /** An attempt whose record was removed under it does not get it back: what it brings is not kept. */
  async renew(attempt: IdempotentAttempt): Promise<void> {
    await renewScript.run(this.connections.command('state'), {
      keys: { record: this.key(attempt) },
      args: { token: attempt.token, leaseMs: claimLeaseMs },
    });
  }

  /** Keeps the outcome; `undefined` gives the key back, so that a repeat runs anew. */
  async finish(attempt: IdempotentAttempt, outcome: string | undefined): Promise<void> {
    await finishScript.run(this.connections.command('state'), {
      keys: { record: this.key(attempt) },
      args: { token: attempt.token, outcome: outcome ?? '', keepMs: keepOutcomeMs },
    });
  }

  /** @returns how many records of the user there were. */
  async removeAllOf(tenant: string, userId: string): Promise<number> {
    const client = this.connections.command('state');
    const index = this.index(tenant, userId);
    for (let removed = 0; ;) {
      const hashes = await client.zrange(index, '0', String(removedAtOnce - 1));
      if (hashes.length === 0) return removed;
      // One by one: in a cluster each lies in a slot of its own.
      const counts = await Promise.all(hashes.map((keyHash) => client.del(this.key({ tenant, keyHash }))));
      removed += counts.reduce((sum, count) => sum + count, 0);
      await client.zrem(index, ...hashes);
    }
  }

  private key({ tenant, keyHash }: Pick<IdempotentAttempt, 'tenant' | 'keyHash'>): string {
    return gatewayKeys(this.connections.keyPrefix).idempotency(tenant, keyHash);
  }

  private index(tenant: string, userId: string): string {
    const digest = createHash('sha256').update(userId).digest('hex');
    return gatewayKeys(this.connections.keyPrefix).idempotencyIndex(tenant, digest);
  }
}
