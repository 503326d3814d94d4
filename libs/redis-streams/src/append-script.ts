import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

// Not by defineScript: it takes any number of arguments, and runs within a pipeline.
const lua = readFileSync(new URL('./append-entries.lua', import.meta.url), 'utf8');
const sha = createHash('sha1').update(lua).digest('hex');

/** Appends many entries to one stream as one command. `known`: whether the server has the script already. */
export function appendEntries(
  stream: string,
  frames: readonly string[],
  known: boolean,
): [string, ...(string | number)[]] {
  return known ? ['evalsha', sha, 1, stream, ...frames] : ['eval', lua, 1, stream, ...frames];
}

/** The one fault after which entries were surely not written, so that they may be written again. */
export function isUnknownScript(error: Error | null | undefined): boolean {
  return error?.message.startsWith('NOSCRIPT') ?? false;
}
