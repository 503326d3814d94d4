import { hex128Pattern } from '#contracts';
import { packAnswer, unpackAnswer, type Packing } from './answer-packing.js';

/** What is known of an entry without reading its answer. Times in epoch milliseconds. */
export interface EntryHeader {
  readonly entryId: string;
  /** A chat completion, or a prompt and response that an application stored: neither answers for the other. */
  readonly kind: 'chat' | 'prompt';
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly model: string;
  readonly tokens: number;
  readonly costMicroUsd: number;
  readonly latencyMs: number;
  /** How long Redis keeps it beyond `expiresAt`, for policies that serve stale answers. Milliseconds. */
  readonly staleMs?: number;
  /** A sliding time to live: each hit renews it for so long, and `expiresAt` is the hard cap. Milliseconds. */
  readonly slidingMs?: number;
  /** What it can be invalidated by, see `entryLabels`. */
  readonly labels?: readonly string[];
  /** Somebody has confirmed it. */
  readonly validated?: boolean;
}

export interface StoredAnswer {
  readonly header: EntryHeader;
  /** JSON text, as it was stored. */
  readonly answer: string;
  /** To when a sliding time to live has slid, known of what was read; epoch milliseconds. */
  readonly slidTo?: number;
}

const startPattern = /^\{"entryId":"([0-9a-f]{32})",/;
/** Characters of `storedStart`. */
export const startLength = storedStart('0'.repeat(32)).length;

const numbers = ['createdAt', 'expiresAt', 'tokens', 'costMicroUsd', 'latencyMs', 'length'] as const;
const optionalNumbers = ['staleMs', 'slidingMs'] as const;

/** What the stored value of an entry begins with, so that a script can tell entries apart without parsing. */
export function storedStart(entryId: string): string {
  return `{"entryId":"${entryId}",`;
}

/** Whose stored value begins like this, if anybody's. */
export function entryIdOf(start: string): string | undefined {
  return startPattern.exec(start)?.[1];
}

interface StoredHeader extends EntryHeader {
  /** Characters of the answer. */
  readonly length: number;
  /** How the answer's bytes are written; text unless told. */
  readonly packing?: Packing;
}

/** `header JSON`, newline, answer: a hit parses the short header only. */
export function encodeStored({ header, answer }: StoredAnswer): Buffer {
  const { entryId, ...others } = header;
  const { bytes, packing } = packAnswer(answer);
  const written = { entryId, ...others, length: answer.length, ...(packing && { packing }) };
  return Buffer.concat([Buffer.from(`${JSON.stringify(written)}\n`), bytes]);
}

/** The entry in a stored value, or nothing where it cannot be read (cut off, foreign, of another form): then it is a miss. */
export function decodeStored(stored: Buffer): StoredAnswer | undefined {
  const end = stored.indexOf(0x0a);
  if (end < 0) return undefined;
  const header = parseHeader(stored.toString('utf8', 0, end));
  const answer = header && unpackAnswer(stored.subarray(end + 1), header.packing);
  return header && header.length === answer?.length ? { header, answer } : undefined;
}

function parseHeader(text: string): StoredHeader | undefined {
  try {
    const header: unknown = JSON.parse(text);
    return isHeader(header) ? header : undefined;
  } catch {
    return undefined;
  }
}

function isHeader(value: unknown): value is StoredHeader {
  if (typeof value !== 'object' || value === null) return false;
  const { entryId, kind, model, labels, packing, ...others } = value as Record<string, unknown>;
  return (
    typeof entryId === 'string' &&
    hex128Pattern.test(entryId) &&
    (kind === 'chat' || kind === 'prompt') &&
    typeof model === 'string' &&
    numbers.every((name) => isCount(others[name])) &&
    optionalNumbers.every((name) => others[name] === undefined || isCount(others[name])) &&
    (labels === undefined || Array.isArray(labels)) &&
    (packing === undefined || packing === 'deflate')
  );
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
