import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The top of the repository, wherever the command was given. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Everything that running Larder leaves behind: Redis data, logs, unpacked packages, test reports. Safe to delete. */
export const home = join(root, '.larder');

/** A fault that the reader can act on: printed without a stack. */
export class Refusal extends Error {}

export const say = (line = '') => process.stdout.write(`${line}\n`);

/** Prints a fault and ends the process: a Refusal by its message alone, anything else with its stack. */
export function failWith(error) {
  process.stderr.write(`\n${error instanceof Refusal ? error.message : (error?.stack ?? error)}\n`);
  process.exit(1);
}

export function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new Refusal(`Larder needs Node 20.19 or newer; this is ${process.versions.node}.`);
}

/** The first of these programs that PATH holds, as an absolute path. */
export function findProgram(...names) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  for (const name of names) {
    const folder = folders.find((candidate) => existsSync(join(candidate, name)));
    if (folder) return join(folder, name);
  }
  return undefined;
}
