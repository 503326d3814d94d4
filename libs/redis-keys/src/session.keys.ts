import { part } from './key-part.js';

/** The keys of one session. They share a slot, and all that expire do so at the same moment. Role `state`. */
export interface OneSessionKeys {
  /** What is known without reading messages; hash. A session without it is not there. */
  readonly meta: string;
  /** The messages in order; list. The message of `seq` n lies at index n - 1. */
  readonly log: string;
  /** `seq` and digest by message id; hash. */
  readonly ids: string;
  /** Reactions, annotations and earlier versions of messages; hash. */
  readonly marks: string;
  /** Summaries of what lies before a window, by the last `seq` that each tells of; hash. */
  readonly summaries: string;
  /** Somebody is at work on a summary; string, expires by itself. */
  readonly summarising: string;
  /** Who has the session's turn; string, expires by itself. */
  readonly turn: string;
  /** What the archive has not written yet; list. It outlives the session until the archive has it. */
  readonly outbox: string;
}

/** The keys of one user of a tenant, by the SHA-256 of their id. They share a slot. Role `state`. */
export interface OneUserKeys {
  /** Sessions by their last activity; zset, expires. */
  readonly sessions: string;
  /** The same sessions by the end of their life; zset, expires. */
  readonly ends: string;
  /** hash; a record: no expiry. */
  readonly preferences: string;
}

export interface SessionKeys {
  session(tenant: string, sessionId: string): OneSessionKeys;
  /** A SCAN pattern for `meta` of all sessions of a tenant. */
  metaOfAny(tenant: string): string;
  user(tenant: string, userDigest: string): OneUserKeys;
  /** Sessions whose outbox may hold something, by when that was said last; zset. Role `state`. */
  archivePending(): string;
  /** Who writes the archive; string, expires. Role `state`. */
  archiveLease(): string;
  /** Users whose archive lines are to go; hash. Role `state`. */
  archiveErasures(): string;
  /** The receipt of one erasure; hash, expires. Role `state`. */
  erasure(tenant: string, erasureId: string): string;
}

export function sessionKeys(prefix: string): SessionKeys {
  const root = part('prefix', prefix);
  return {
    session: (tenant, sessionId) => {
      const tag = `${root}:session:{${part('tenant', tenant)}:${part('sessionId', sessionId)}}`;
      return {
        meta: `${tag}:meta`,
        log: `${tag}:log`,
        ids: `${tag}:ids`,
        marks: `${tag}:marks`,
        summaries: `${tag}:summaries`,
        summarising: `${tag}:summarising`,
        turn: `${tag}:turn`,
        outbox: `${tag}:outbox`,
      };
    },
    metaOfAny: (tenant) => `${root}:session:{${part('tenant', tenant)}:*}:meta`,
    user: (tenant, userDigest) => {
      const tag = `${root}:user:{${part('tenant', tenant)}:${part('userDigest', userDigest)}}`;
      return { sessions: `${tag}:sessions`, ends: `${tag}:ends`, preferences: `${tag}:preferences` };
    },
    archivePending: () => `${root}:archive:pending`,
    archiveLease: () => `${root}:archive:lease`,
    archiveErasures: () => `${root}:archive:erasures`,
    erasure: (tenant, erasureId) => `${root}:erasure:${part('tenant', tenant)}:${part('erasureId', erasureId)}`,
  };
}
