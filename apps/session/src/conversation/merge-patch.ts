import { ServiceError } from '#contracts';

const maxMetadataBytes = 16_384;

/** RFC 7396 for the members of one object: null removes, an object is merged into an object, everything else replaces. */
export function mergePatch(
  target: Readonly<Record<string, unknown>>,
  patch: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const merged = new Map(Object.entries(target));
  for (const [name, value] of Object.entries(patch)) {
    const old = merged.get(name);
    if (value === null) merged.delete(name);
    else merged.set(name, isObject(value) ? mergePatch(isObject(old) ? old : {}, value) : value);
  }
  return Object.fromEntries(merged);
}

/** JSON that Larder itself wrote; empty text is an empty object. */
export function parseObject(json: string): Record<string, unknown> {
  return json === '' ? {} : (JSON.parse(json) as Record<string, unknown>);
}

/**
 * @param param the member of the request that holds them; none: they are the request
 * @throws ServiceError payload_too_large
 */
export function metadataText(metadata: Readonly<Record<string, unknown>>, param = 'metadata'): string {
  const text = JSON.stringify(metadata);
  if (Buffer.byteLength(text) <= maxMetadataBytes) return text;
  throw new ServiceError('payload_too_large', `It takes at most ${maxMetadataBytes} bytes`, param ? { param } : {});
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
