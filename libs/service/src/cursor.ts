import { ServiceError } from '#contracts';

/** Makes a place in a list opaque, so that nobody builds on what is inside. */
export function encodeCursor(place: string | number): string {
  return Buffer.from(String(place)).toString('base64url');
}

/** Throws `invalid_request` for anything that `encodeCursor` cannot have made of a place of this pattern. */
export function decodeCursor(cursor: string, pattern: RegExp): string {
  const place = Buffer.from(cursor, 'base64url').toString('utf8');
  if (!pattern.test(place) || encodeCursor(place) !== cursor) {
    throw new ServiceError('invalid_request', 'cursor must be a nextCursor of this list', { param: 'cursor' });
  }
  return place;
}
