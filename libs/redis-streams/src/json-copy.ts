import { ServiceError } from '#contracts';

/** JSON text of a message. */
export function toJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    throw new ServiceError('internal', 'The message cannot be written as JSON', {}, { cause: error });
  }
}

/**
 * What the other end of a stream would get: a copy that shares nothing with the value, and holds nothing that JSON cannot.
 * Most messages are flat, and those need no text in between.
 */
export function jsonCopy<T>(value: T): T {
  if (isFlat(value)) return { ...value };
  const [copy] = JSON.parse(toJson([value])) as [T];
  return copy;
}

function isFlat<T>(value: T): value is T & object {
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return false;
  for (const name in value) if (!isScalar((value as Record<string, unknown>)[name])) return false;
  return true;
}

function isScalar(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value) || value === null;
}
