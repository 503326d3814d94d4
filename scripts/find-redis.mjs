import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { installRedis, isDebian, unpackRedis, unpackedRedis } from './debian-redis.mjs';
import { Refusal, findProgram, home, say } from './workspace.mjs';

const image = 'redis:8';

/** A Redis or Valkey server program: on PATH, unpacked by an earlier run, or fetched from Debian's or Ubuntu's packages. */
export async function ensureRedisProgram(processes) {
  return presentProgram() ?? (await fetchProgram(processes)) ?? refuse();
}

/** How to run a private Redis: `{ program }`, or `{ image }` when only Docker can. */
export async function ensureRedis(processes) {
  const program = presentProgram();
  if (program) return { program };
  if (await hasImage(processes)) return { image };
  return { program: (await fetchProgram(processes)) ?? refuse() };
}

/** PATH with the server in front, under the name that the tests look for: Valkey answers to it too. */
export function pathWith(program) {
  const folders = [dirname(program), process.env.PATH];
  if (basename(program) !== 'redis-server') {
    folders.unshift(join(home, 'bin'));
    mkdirSync(folders[0], { recursive: true });
    rmSync(join(folders[0], 'redis-server'), { force: true });
    symlinkSync(program, join(folders[0], 'redis-server'));
  }
  return folders.join(delimiter);
}

const presentProgram = () => findProgram('redis-server', 'valkey-server') ?? unpackedRedis();

async function fetchProgram(processes) {
  if (!isDebian()) return undefined;
  return process.getuid?.() === 0 ? installRedis(processes) : unpackRedis(processes);
}

async function hasImage(processes) {
  if (!findProgram('docker')) return false;
  const answers = (args) => spawnSync('docker', args, { stdio: 'ignore', timeout: 5_000 }).status === 0;
  if (!answers(['info'])) return false;
  if (answers(['image', 'inspect', image])) return true;
  say(`Fetching ${image} (docker pull) …`);
  return (await processes.run('docker', ['pull', '--quiet', image])).code === 0;
}

function refuse() {
  const command =
    process.platform === 'darwin' ? 'brew install redis' : 'install redis-server with your package manager';
  const windows = process.platform === 'win32' ? ' On Windows, run Larder inside WSL.' : '';
  throw new Refusal(
    `Larder needs a Redis server and found none. One command helps:\n\n  ${command}\n\n` +
      `Or name a running one: REDIS_URL=redis://host:6379 npm start.${windows}`,
  );
}
