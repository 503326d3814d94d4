import type { Vector, VectorForm } from './vector-form.js';
import { widthOf } from './vector-form.js';

/** A vector as it is kept. */
export interface KeptVector {
  readonly vector: Vector;
  /** The model as upstream named it. */
  readonly model: string;
  /** Seconds since 1970. */
  readonly storedAt: number;
  /** Seconds since 1970. */
  readonly expiresAt: number;
}

const forms: ReadonlyMap<string, VectorForm> = new Map([
  ['exact', 'exact'],
  ['short', 'short'],
  ['double', 'double'],
]);
const headPattern = /^(\w+) (\d{1,12}) (\d{1,12}) (\P{Cc}{0,256})$/u;
const longestHead = 1_200;
const lineEnd = 0x0a;

/** One line (form, times, model), then the numbers. */
export function encodeKept({ vector, model, storedAt, expiresAt }: KeptVector): Buffer {
  const head = `${vector.form} ${storedAt} ${expiresAt} ${model.replace(/\p{Cc}/gu, '').slice(0, 256)}\n`;
  return Buffer.concat([Buffer.from(head), vector.bytes]);
}

/** @returns undefined for a value that cannot be read: it is a miss. */
export function decodeKept(value: Buffer): KeptVector | undefined {
  const end = value.subarray(0, longestHead).indexOf(lineEnd);
  const match = end < 0 ? null : headPattern.exec(value.toString('utf8', 0, end));
  const form = forms.get(match?.[1] ?? '');
  if (!match || !form) return undefined;
  const bytes = value.subarray(end + 1);
  if (bytes.length === 0 || bytes.length % widthOf(form) !== 0) return undefined;
  return {
    vector: { form, bytes },
    model: match[4] ?? '',
    storedAt: Number(match[2]),
    expiresAt: Number(match[3]),
  };
}
