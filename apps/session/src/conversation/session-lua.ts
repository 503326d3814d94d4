import { readFileSync } from 'node:fs';

const prelude = readFileSync(new URL('./prelude.lua', import.meta.url), 'utf8');

/** The text of a script that finds or changes sessions: what all of them need stands before it. */
export function sessionLua(script: URL): string {
  return `${prelude}\n${readFileSync(script, 'utf8')}`;
}
