import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, home, say } from './workspace.mjs';

const unpacked = join(home, 'redis');
/** Runs the unpacked server with the unpacked libraries; `exec`, so that signals reach the server itself. */
const wrapper = join(unpacked, 'bin', 'redis-server');

export const isDebian = () =>
  existsSync('/etc/debian_version') && Boolean(findProgram('apt-get') && findProgram('dpkg'));

/** The server that an earlier run unpacked, if any. */
export const unpackedRedis = () => (existsSync(wrapper) ? wrapper : undefined);

/** Installs the distribution's package as root. The system service is neither started now nor at the next boot. */
export async function installRedis(processes) {
  say('Installing redis-server (apt-get) …');
  const release = forbidServices();
  try {
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    const install = () =>
      quietly(processes, ['install', '-y', '-q', '--no-install-recommends', 'redis-server'], { env });
    if (!(await install()) && (await quietly(processes, ['update', '-q']))) await install();
  } finally {
    release();
  }
  if (findProgram('systemctl')) spawnSync('systemctl', ['disable', 'redis-server'], { stdio: 'ignore' });
  return findProgram('redis-server');
}

/** invoke-rc.d asks this file before it starts a service; 101 means no. One that the machine already has is left alone. */
function forbidServices() {
  const policy = '/usr/sbin/policy-rc.d';
  if (existsSync(policy)) return () => {};
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  return () => rmSync(policy, { force: true });
}

/** Unpacks the distribution's packages under .larder/, which needs no rights at all. */
export async function unpackRedis(processes) {
  say('Unpacking redis-server under .larder/ (apt-get download) …');
  const packages = join(home, 'packages');
  rmSync(unpacked, { recursive: true, force: true });
  rmSync(packages, { recursive: true, force: true });
  mkdirSync(packages, { recursive: true });
  if (!(await download(processes, packages))) return undefined;
  for (const file of readdirSync(packages))
    execFileSync('dpkg', ['-x', join(packages, file), unpacked], { stdio: ['ignore', 'ignore', 'inherit'] });
  rmSync(packages, { recursive: true, force: true });
  return writeWrapper();
}

async function download(processes, folder) {
  if (await downloadWith(processes, folder, [], { mayFail: true })) return true;
  // The machine's package lists are missing or old: fetch lists of our own, since the machine's are root's.
  const lists = join(home, 'apt');
  mkdirSync(join(lists, 'lists', 'partial'), { recursive: true });
  mkdirSync(join(lists, 'cache', 'archives', 'partial'), { recursive: true });
  const own = ['-o', `Dir::State::Lists=${join(lists, 'lists')}`, '-o', `Dir::Cache=${join(lists, 'cache')}`];
  const done = (await quietly(processes, [...own, 'update', '-q'])) && (await downloadWith(processes, folder, own));
  rmSync(lists, { recursive: true, force: true });
  return done;
}

async function downloadWith(processes, folder, options, { mayFail } = {}) {
  const names = ['redis-server', 'redis-tools'];
  const libraries = sharedLibraries(names, options);
  const args = [...options, 'download', '-q', ...names, ...(libraries ?? [])];
  return libraries !== undefined && quietly(processes, args, { cwd: folder, mayFail });
}

/** The library packages that the server names as dependencies; libc itself is always there. */
function sharedLibraries(names, options) {
  const { status, stdout } = spawnSync('apt-cache', [...options, 'depends', '--important', ...names], {
    encoding: 'utf8',
  });
  if (status !== 0) return undefined;
  const found = [...stdout.matchAll(/^ {2}Depends: ((?:lib|lua)[a-z0-9.+-]*)$/gm)].map(([, name]) => name);
  return [...new Set(found)].filter((name) => name !== 'libc6');
}

function writeWrapper() {
  const server = join(unpacked, 'usr', 'bin', 'redis-server');
  if (!existsSync(server)) return undefined;
  const folders = ['lib', join('usr', 'lib')]
    .filter((folder) => existsSync(join(unpacked, folder)))
    .flatMap((folder) => [folder, ...readdirSync(join(unpacked, folder)).map((name) => join(folder, name))])
    .filter((folder) => folder.endsWith('-linux-gnu') || /linux-gnu[a-z]*$/.test(folder));
  const path = folders.map((folder) => `"$here/${folder}"`).join(':');
  mkdirSync(join(unpacked, 'bin'), { recursive: true });
  writeFileSync(
    wrapper,
    `#!/bin/sh\nhere=$(cd "$(dirname "$0")/.." && pwd)\nLD_LIBRARY_PATH=${path}:$LD_LIBRARY_PATH exec "$here/usr/bin/redis-server" "$@"\n`,
  );
  chmodSync(wrapper, 0o755);
  return spawnSync(wrapper, ['--version'], { stdio: 'ignore' }).status === 0 ? wrapper : undefined;
}

/** Shows only what apt-get complains of, and not even that of a try that has a second one behind it. */
async function quietly(processes, args, { mayFail = false, ...options } = {}) {
  const stdio = ['ignore', 'ignore', mayFail ? 'ignore' : 'inherit'];
  const { code } = await processes.run('apt-get', args, { ...options, stdio });
  return code === 0;
}
