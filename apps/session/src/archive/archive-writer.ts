import type { SessionAddress } from '../message/message-log.js';
import { isAfter, lifeOf, type Archive, type ArchivePlace, type ArchiveRecord } from './archive.js';
import { readEntry } from './outbox-entry.js';
import type { OutboxRepository } from './outbox.repository.js';

/** Entries that are read of one session at once, and sessions that are read together. */
const mostEntries = 20;
const mostSessions = 20;
/** Lives of which it is remembered how far they are written. */
const mostPlaces = 10_000;

/**
 * Moves outboxes into the archive. What is written and not yet dropped when the process dies is found again in the archive by
 * the next writer, so that it is written once.
 */
export class ArchiveWriter {
  constructor(
    private readonly archive: Archive,
    private readonly outbox: OutboxRepository,
    private readonly places: Map<string, ArchivePlace>,
  ) {}

  /** Empties the outboxes of these sessions. @returns how many records were written */
  async drain(sessions: readonly SessionAddress[]): Promise<number> {
    let written = 0;
    for (let from = 0; from < sessions.length; from += mostSessions) {
      let left = sessions.slice(from, from + mostSessions);
      while (left.length > 0) {
        const [count, more] = await this.move(left);
        written += count;
        left = more;
      }
    }
    return written;
  }

  /** @returns how many records were written, and which sessions may have more */
  private async move(sessions: readonly SessionAddress[]): Promise<[number, SessionAddress[]]> {
    const read = await Promise.all(
      sessions.map(async (session) => ({ session, entries: await this.outbox.entries(session, mostEntries) })),
    );
    const full = read.filter(({ entries }) => entries.length > 0);
    const records = full.flatMap(({ session, entries }) =>
      entries.map((entry) => readEntry(session, entry)).filter((record) => record !== undefined && this.isNew(record)),
    ) as ArchiveRecord[];
    await this.archive.write(records);
    for (const record of records) this.remember(record);
    await Promise.all(full.map(({ session, entries }) => this.outbox.drop(session, entries[0]!, entries.length)));
    return [records.length, full.filter(({ entries }) => entries.length === mostEntries).map(({ session }) => session)];
  }

  private isNew(record: ArchiveRecord): boolean {
    return isAfter(record, this.places.get(lifeOf(record)));
  }

  private remember(record: ArchiveRecord): void {
    const life = lifeOf(record);
    this.places.delete(life);
    this.places.set(life, { at: record.at, number: record.number });
    if (this.places.size > mostPlaces) this.places.delete(this.places.keys().next().value!);
  }
}
