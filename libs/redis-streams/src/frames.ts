import { hex128Pattern, type WireError } from '#contracts';
import { toJson } from './json-copy.js';
import type { MessageMetadata } from './rpc-context.js';

const maxIdLength = 128;

/** A question on its way to a service. */
export interface RequestFrame extends MessageMetadata {
  /** 128 random bits; the reply carries them back. */
  readonly id: string;
  readonly topic: string;
  /** Name of the mailbox that waits for the reply. */
  readonly replyTo: string;
  /** Present when the reply may be streamed: how many frames may be under way before the first credit. */
  readonly window?: number;
  readonly data: unknown;
}

/** A fact on its way to its subscribers; the id stays the same in every attempt. */
export interface EventFrame extends MessageMetadata {
  readonly id: string;
  readonly topic: string;
  readonly data: unknown;
}

/** What travels to a mailbox: `[id, kind, …]`, several of them in one stream entry. */
export const ReplyKind = { result: 0, error: 1, next: 2, end: 3, credit: 4, cancel: 5 } as const;

export type ReplyFrame =
  | [id: string, kind: typeof ReplyKind.result, data: unknown]
  | [id: string, kind: typeof ReplyKind.error, error: WireError]
  /** One item of a streamed reply; the first tells which mailbox takes credits. */
  | [id: string, kind: typeof ReplyKind.next, sequence: number, data: unknown, creditTo?: string]
  | [id: string, kind: typeof ReplyKind.end, sequence: number]
  | [id: string, kind: typeof ReplyKind.credit, frames: number]
  | [id: string, kind: typeof ReplyKind.cancel];

export function encodeRequest(frame: RequestFrame): string {
  return toJson({
    i: frame.id,
    p: frame.topic,
    r: frame.replyTo,
    t: frame.deadline,
    c: frame.caller,
    n: frame.tenant,
    x: frame.traceparent,
    w: frame.window,
    d: frame.data,
  });
}

export function encodeEvent(frame: EventFrame): string {
  return encodeRequest({ ...frame, replyTo: '' });
}

interface WireMessage {
  i: string;
  p: string;
  r: string;
  t: number;
  c: string;
  n?: string;
  x?: string;
  w?: number;
  d: unknown;
}

/** Undefined for anything that is not a request: it may come from anywhere. */
export function decodeRequest(text: string): RequestFrame | undefined {
  const message = decodeMessage(text);
  if (!message || !hex128Pattern.test(message.r)) return undefined;
  // Member by member: spreading shows in a profile.
  return {
    id: message.i,
    topic: message.p,
    deadline: message.t,
    replyTo: message.r,
    caller: message.c,
    tenant: message.n,
    traceparent: message.x,
    window: message.w,
    data: message.d,
  };
}

export function decodeEvent(text: string): EventFrame | undefined {
  const message = decodeMessage(text);
  if (!message) return undefined;
  const { i: id, p: topic, t: deadline, c: caller, n: tenant, x: traceparent, d: data } = message;
  return { id, topic, deadline, caller, tenant, traceparent, data };
}

export function encodeReply(frame: ReplyFrame): string {
  return toJson(frame);
}

/** The frames of one stream entry; undefined when it is not such an entry. */
export function decodeReplies(text: string): ReplyFrame[] | undefined {
  const frames = parse(text);
  return Array.isArray(frames) && frames.every(isReplyFrame) ? frames : undefined;
}

function isReplyFrame(value: unknown): value is ReplyFrame {
  return Array.isArray(value) && typeof value[0] === 'string' && typeof value[1] === 'number';
}

function decodeMessage(text: string): WireMessage | undefined {
  const value = parse(text) as WireMessage | null | undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  const valid =
    typeof value.i === 'string' &&
    value.i.length <= maxIdLength &&
    typeof value.p === 'string' &&
    typeof value.r === 'string' &&
    typeof value.t === 'number' &&
    typeof value.c === 'string' &&
    (value.n === undefined || typeof value.n === 'string') &&
    (value.x === undefined || typeof value.x === 'string') &&
    (value.w === undefined || (Number.isInteger(value.w) && value.w > 0));
  return valid ? value : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
