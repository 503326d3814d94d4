/** One change of a session, as the archive keeps it. The numbers of one session have no gaps. */
export interface ArchiveRecord {
  readonly tenant: string;
  readonly sessionId: string;
  /** When the session was created, in epoch milliseconds: an id may be used again after a session is gone. */
  readonly born: number;
  /** From 1. */
  readonly number: number;
  /** `closed`: the session was deleted. */
  readonly kind: 'message' | 'edited' | 'deleted' | 'closed';
  /** Of the message that the change is about; of the last one when the session was closed. */
  readonly seq: number;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Empty: nobody's. */
  readonly userId: string;
  /** The message as it lies in the log (id, message, tokens, status, metadata); empty for a deletion. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** Which session of which life; what its records are numbered in. */
export function lifeOf({ tenant, sessionId, born }: Pick<ArchiveRecord, 'tenant' | 'sessionId' | 'born'>): string {
  return `${tenant}:${sessionId}:${born}`;
}

/** How far the records of one life go. */
export type ArchivePlace = Pick<ArchiveRecord, 'at' | 'number'>;

/**
 * Whether a record is a new one. By time before number: after a failover that lost the last changes Redis gives their numbers
 * to others, which come later.
 */
export function isAfter(record: ArchivePlace, place: ArchivePlace | undefined): boolean {
  return !place || record.at > place.at || (record.at === place.at && record.number > place.number);
}

/**
 * Where the history of sessions is kept for good: files here, a database elsewhere. One process at a time writes, erases and
 * opens it; reading needs nobody's leave.
 */
export abstract class Archive {
  /** Makes ready to write. @returns how far each life goes that was written since then (epoch milliseconds) */
  abstract open(sinceMs: number): Promise<Map<string, ArchivePlace>>;
  /** Settles when the records are safe. */
  abstract write(records: readonly ArchiveRecord[]): Promise<void>;
  /** Removes every record of a user. @returns how many there were */
  abstract erase(tenant: string, userId: string): Promise<number>;
  /** Every record once, those of one session in order. */
  abstract records(): AsyncIterable<ArchiveRecord>;
  abstract close(): Promise<void>;
}
