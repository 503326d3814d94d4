import { Injectable } from '@nestjs/common';
import type { CacheScope } from '#contracts';
import { CatalogueRepository, type EntryPlace } from './catalogue.repository.js';

/** Deletes entries whole: the answer, the hash with the vector, the places in the lists. */
@Injectable()
export class EntryRemovalService {
  constructor(private readonly repository: CatalogueRepository) {}

  /**
   * The answer first: as long as the hash is there, a deletion that broke off can be repeated.
   * @param lists labels of lists in which the entries are known to be
   * @returns where those lay whose answer could still be served until now
   * @throws ServiceError unavailable
   */
  async remove(scope: CacheScope, entryIds: readonly string[], lists: readonly string[] = []): Promise<EntryPlace[]> {
    if (entryIds.length === 0) return [];
    const places = await Promise.all(entryIds.map((entryId) => this.repository.find(scope, entryId)));
    const found = places.filter((place) => place !== undefined);
    const headers = await Promise.all(found.map((place) => this.repository.removeAnswer(scope, place)));
    await Promise.all(entryIds.map((entryId) => this.repository.removeEntry(scope, entryId)));
    await Promise.all([
      this.repository.uncount(scope, entryIds),
      this.unlist(scope, entryIds, { found, headers, lists }),
    ]);
    return found.filter((_, index) => headers[index] !== undefined);
  }

  /** What cannot be read any more leaves its lists at the end of its life. */
  private async unlist(
    scope: CacheScope,
    entryIds: readonly string[],
    { found, headers, lists }: { found: EntryPlace[]; headers: (string | undefined)[]; lists: readonly string[] },
  ): Promise<void> {
    const byLabel = new Map<string, Set<string>>(lists.map((label) => [label, new Set(entryIds)]));
    found.forEach(({ entryId }, index) => {
      for (const label of labelsIn(headers[index])) {
        byLabel.set(label, (byLabel.get(label) ?? new Set()).add(entryId));
      }
    });
    await Promise.all([...byLabel].map(([label, ids]) => this.repository.unlist(scope, label, [...ids])));
  }
}

const labelPattern = /^[0-9a-f]{32}$/;

function labelsIn(header: string | undefined): string[] {
  try {
    const { labels } = JSON.parse(header ?? '{}') as { labels?: unknown };
    const listed: unknown[] = Array.isArray(labels) ? labels : [];
    return listed.filter((label) => typeof label === 'string' && labelPattern.test(label)) as string[];
  } catch {
    return [];
  }
}
