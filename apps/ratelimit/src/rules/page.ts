import { identifierPattern, ServiceError } from '#contracts';
import { decodeCursor, encodeCursor, type PageQuery } from '#service';

export interface Page<Item> {
  readonly data: Item[];
  readonly nextCursor: string | null;
}

/** A page in the order of the ids, so that what changes meanwhile moves nothing else. */
export function pageOf<Item>(items: readonly Item[], idOf: (item: Item) => string, query: PageQuery): Page<Item> {
  const after = query.cursor === undefined ? '' : decodeCursor(query.cursor, identifierPattern);
  const sorted = items
    .map((item) => ({ id: idOf(item), item }))
    .filter(({ id }) => id > after)
    .sort((one, other) => (one.id < other.id ? -1 : 1));
  const page = sorted.slice(0, query.limit);
  const isLast = page.length === sorted.length;
  return { data: page.map(({ item }) => item), nextCursor: isLast ? null : encodeCursor(page.at(-1)!.id) };
}

/** A rule that a path names, or its absence. */
export function foundOr404<Found>(found: Found | undefined, what: string): Found {
  if (found === undefined) throw new ServiceError('not_found', `There is no such ${what}`);
  return found;
}
