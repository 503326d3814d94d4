import type { RedisClient } from '#redis-connection';

export interface GroupSample {
  /** Entries not delivered yet to the group; 0 where the server does not tell. */
  readonly lag: number;
  /** Entries delivered and not acknowledged. */
  readonly pending: number;
}

/** Where a group stands in its stream. */
export async function sampleGroup(client: RedisClient, stream: string, group: string): Promise<GroupSample> {
  const groups = ((await client.xinfo('GROUPS', stream)) as unknown[]).map(membersOf);
  const info = groups.find((members) => members.get('name') === group);
  return { lag: Number(info?.get('lag') ?? 0), pending: Number(info?.get('pending') ?? 0) };
}

/** One group comes as a flat list of names and values, or, by RESP3, as a map. */
function membersOf(group: unknown): Map<string, unknown> {
  if (!Array.isArray(group)) return new Map(Object.entries(group as object));
  const members = new Map<string, unknown>();
  for (let index = 0; index + 1 < group.length; index += 2) members.set(String(group[index]), group[index + 1]);
  return members;
}
