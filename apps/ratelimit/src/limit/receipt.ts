import { ServiceError, hex128Pattern } from '#contracts';
import type { LimitCharge } from './limit-engine.js';

/** What a check took, as opaque text: whoever holds it can have it given back. Charges of nothing are left out. */
export function writeReceipt(charges: readonly LimitCharge[]): string | undefined {
  const taken = charges.filter(({ cost }) => cost > 0);
  if (taken.length === 0) return undefined;
  return Buffer.from(JSON.stringify(taken)).toString('base64url');
}

/** @throws ServiceError invalid_request for what `writeReceipt` cannot have written */
export function readReceipt(receipt: string): LimitCharge[] {
  try {
    const charges: unknown = JSON.parse(Buffer.from(receipt, 'base64url').toString('utf8'));
    if (Array.isArray(charges) && charges.every(isCharge)) return charges;
  } catch {
    // Not even JSON: refused below.
  }
  throw new ServiceError('invalid_request', 'refund must be the receipt of a check', { param: 'refund' });
}

function isCharge(value: unknown): value is LimitCharge {
  const { limit, place, cost, slot } = (value ?? {}) as Partial<LimitCharge>;
  const isPlaced = typeof place === 'string' && hex128Pattern.test(place) && typeof limit?.name === 'string';
  return isPlaced && Number.isSafeInteger(cost) && Array.isArray(slot) && slot.every((part) => Number.isFinite(part));
}
