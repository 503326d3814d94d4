import type { SessionAddress } from '../message/message-log.js';
import type { ArchiveRecord } from './archive.js';

const headPattern = /^(\d+)\|(\d+)\|(message|edited|deleted|closed)\|(\d+)\|(\d+)\|(".*")$/;

/** What the scripts left in the outbox (`tell` in prelude.lua); nothing when it is no such thing. */
export function readEntry({ tenant, sessionId }: SessionAddress, entry: string): ArchiveRecord | undefined {
  const end = entry.indexOf('\n');
  const head = headPattern.exec(entry.slice(0, end));
  if (!head) return undefined;
  const [, born, number, kind, seq, at, user] = head;
  return {
    ...{ tenant, sessionId },
    born: Number(born),
    number: Number(number),
    kind: kind as ArchiveRecord['kind'],
    seq: Number(seq),
    at: Number(at),
    userId: JSON.parse(user!) as string,
    body: JSON.parse(entry.slice(end + 1)) as Record<string, unknown>,
  };
}
