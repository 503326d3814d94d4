import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Refusal, root, say } from './workspace.mjs';

/** npm as this process was started with it, else from PATH: the arguments come after these. */
function npmCommand() {
  const running = process.env.npm_execpath;
  return running && basename(running) === 'npm-cli.js' ? [process.execPath, running] : ['npm'];
}

/** The versions in a lock file by folder. Optional packages are left out: other platforms' binaries never get installed. */
function lockedVersions(file) {
  try {
    const { packages } = JSON.parse(readFileSync(file, 'utf8'));
    return Object.entries(packages).filter(([folder, entry]) => folder && !entry.optional && !entry.devOptional);
  } catch {
    return undefined;
  }
}

/** True when npm's own record of what it installed agrees with package-lock.json. */
export function isInstalled(folder) {
  const wanted = lockedVersions(join(folder, 'package-lock.json'));
  const found = lockedVersions(join(folder, 'node_modules', '.package-lock.json'));
  if (!wanted || !found) return false;
  const versions = new Map(found.map(([path, { version }]) => [path, version]));
  return wanted.every(([path, { version, link }]) => link || versions.get(path) === version);
}

/** Installs exactly what package-lock.json says, unless it is there already: then nothing touches the network. */
export async function ensureDependencies(processes, folder = root) {
  if (isInstalled(folder)) return;
  say(`Installing dependencies${folder === root ? '' : ` of ${basename(folder)}/`} (once) …`);
  const [command, ...rest] = npmCommand();
  // Development dependencies hold the compiler: NODE_ENV=production in the caller's shell must not leave them out.
  const args = [...rest, 'ci', '--include=dev', '--loglevel=error', '--no-audit', '--no-fund'];
  const { code } = await processes.run(command, args, { cwd: folder });
  if (code !== 0) throw new Refusal('npm ci failed: see above. Larder needs the npm registry once, to install itself.');
}
