import { scanIds } from './document-scan.js';
import type { DocumentStore } from './document-store.js';
import type { VectorHost } from './partition-host.js';
import { RecentWrites } from './recent-writes.js';

/** Few enough that reading and handing on a part never holds up the event loop for long. */
const documentsPerRead = 64;
/** Reads under way at the same time while documents are added. */
const parallelReads = 4;
const documentsPerSweep = 256;

/** Makes the vectors in memory agree with what the hashes in Redis say now. */
export class MemorySync {
  private readonly writes = new RecentWrites();
  private stopped = false;

  /** @param hostOf the holder of the vectors; absent while there is none, and then nothing is done */
  constructor(
    private readonly store: DocumentStore,
    private readonly hostOf: () => VectorHost | undefined,
  ) {}

  stop(): void {
    this.stopped = true;
  }

  /** A document is being written here: what reads that have begun already say of it is old. */
  noteWrite(id: string): void {
    this.writes.note(id);
  }

  /** Holds these as they are now, and drops those that are gone. */
  async refresh(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) {
      return;
    }
    const host = this.hostOf();
    const began = this.writes.beginRead();
    try {
      const { rows, absent } = await this.store.readRows(ids, (id) => !this.writes.isNewer(id, began));
      await Promise.all([rows.ids.length > 0 && host?.put(rows), absent.length > 0 && host?.drop(absent)]);
    } finally {
      this.writes.endRead(began);
    }
  }

  /** Goes through all documents and adds them; with `onlyUnknown`, those that are not held. */
  async addMissing(onlyUnknown: boolean): Promise<void> {
    const reads = new Set<Promise<void>>();
    const faults: unknown[] = [];
    for await (const ids of scanIds(this.store.client, this.store.schema.prefix)) {
      const wanted = onlyUnknown ? ((await this.hostOf()?.unknown(ids)) ?? []) : ids;
      for (let from = 0; from < wanted.length; from += documentsPerRead) {
        const read: Promise<void> = this.refresh(wanted.slice(from, from + documentsPerRead))
          .catch((error: unknown) => void faults.push(error))
          .finally(() => reads.delete(read));
        reads.add(read);
        if (reads.size >= parallelReads) {
          await Promise.race(reads);
        }
      }
      if (this.stopped || faults.length > 0) {
        break;
      }
    }
    await Promise.all(reads);
    if (faults.length > 0) {
      throw faults[0];
    }
  }

  /** Looks at some that are held, from a position on, and drops what is gone. */
  async sweep(from: number): Promise<{ next: number; ghosts: number }> {
    const host = this.hostOf();
    if (!host) {
      return { next: 0, ghosts: 0 };
    }
    const { ids, next } = await host.sample(from, documentsPerSweep);
    const ghosts = await this.store.absent(ids);
    await this.refresh(ghosts);
    return { next, ghosts: ghosts.length };
  }
}
