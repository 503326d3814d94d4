import type { SessionScope } from '#contracts';

/** On whose behalf a session is asked for. */
export type Asker = Pick<SessionScope, 'userId' | 'reach'>;

/** The suite itself: who may see the session was settled before. */
export const anyone: Asker = { reach: 'any' };

/** As the scripts read it; see prelude.lua, which decides the same as `admits`. */
export function askerText({ userId, reach }: Asker): string {
  if (userId === undefined) return reach === 'any' ? '*' : '-';
  return `${reach === 'own' ? '!' : '='}${userId}`;
}

/** @param owner the session's user; empty when it has none */
export function admits({ userId, reach }: Asker, owner: string): boolean {
  if (userId === undefined) return reach === 'any' || owner === '';
  return owner === '' ? reach !== 'own' : owner === userId;
}
