import type { RedisClient, RedisConnections } from '#redis-connection';

/** What the transport needs of RedisConnections. */
export type BusConnections = Pick<RedisConnections, 'keyPrefix' | 'command' | 'openBlocking' | 'closeBlocking'>;

export type StreamEntry = readonly [id: string, fields: readonly string[] | null];

/** The entries of the one stream that was asked for; empty when the wait was over first. */
export function entriesOf(reply: unknown): StreamEntry[] {
  const streams = reply as [stream: string, entries: StreamEntry[]][] | null;
  return streams?.[0]?.[1] ?? [];
}

/** The value of the one field that our entries have; undefined for an entry deleted meanwhile or not ours. */
export function frameOf(entry: StreamEntry): string | undefined {
  return entry[1]?.[0] === frameField ? entry[1][1] : undefined;
}

export const frameField = 'f';

/** The id right after `id`. */
export function idAfter(id: string): string {
  const [milliseconds, sequence] = id.split('-');
  return `${milliseconds}-${BigInt(sequence ?? '0') + 1n}`;
}

export function isClustered(client: RedisClient): boolean {
  return client.isCluster;
}

/** Whether `id` comes later in a stream than `other`. */
export function isAfter(id: string, other: string): boolean {
  const [ms = 0, sequence = 0] = id.split('-').map(Number);
  const [otherMs = 0, otherSequence = 0] = other.split('-').map(Number);
  return ms > otherMs || (ms === otherMs && sequence > otherSequence);
}

/** From the beginning: what was published while there was no group is delivered too. */
export async function createGroup(connections: BusConnections, stream: string, group: string): Promise<void> {
  try {
    await connections.command('bus').xgroup('CREATE', stream, group, '0', 'MKSTREAM');
  } catch (error) {
    if (!(error as Error).message.startsWith('BUSYGROUP')) throw error;
  }
}
