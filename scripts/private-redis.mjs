import { mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './ports.mjs';
import { Refusal, home, root } from './workspace.mjs';

/** One shared server holds caches, state and the bus: it must never evict, and it must keep what it acknowledged. */
const settings = join(root, 'docker', 'redis', 'state.conf');
const loadingMs = 120_000;

/** Starts a Redis that is ours alone: loopback, a free port, its data under .larder/. Returns its URL. */
export async function startPrivateRedis(processes, { program, image }, { name = 'redis', folder } = {}) {
  const data = folder ?? (await freeDataFolder());
  mkdirSync(data, { recursive: true });
  const port = await freePort();
  writeFileSync(join(data, 'port'), String(port));
  const server = image
    ? startContainer(processes, name, image, data, port)
    : startProgram(processes, name, program, data, port);
  const ended = server.ended.then(() => 'ended');
  const ready = await Promise.race([untilReady(port), ended]);
  if (ready !== true) throw new Refusal(`The private Redis did not start:\n${server.tail.join('\n')}`);
  return { url: `redis://127.0.0.1:${port}`, data, pid: server.pid };
}

function startProgram(processes, name, program, data, port) {
  const own = ['--bind', '127.0.0.1', '--port', String(port), '--dir', data, '--daemonize', 'no'];
  return processes.start(name, program, [settings, ...own], { env: process.env });
}

function startContainer(processes, name, image, data, port) {
  // The caller's ids, so that the files under .larder/ stay deletable; the port is published on loopback only.
  const user = process.getuid ? ['--user', `${process.getuid()}:${process.getgid()}`] : [];
  const mounts = ['-v', `${data}:/data`, '-v', `${settings}:/etc/larder/redis.conf:ro`];
  const publish = ['-p', `127.0.0.1:${port}:6379`];
  const command = ['redis-server', '/etc/larder/redis.conf', '--bind', '0.0.0.0', '--protected-mode', 'no'];
  const args = ['run', '--rm', '--init', ...user, ...mounts, ...publish, image, ...command];
  return processes.start(name, 'docker', args, { env: process.env });
}

/** Two servers in one folder would destroy its append-only file, so a folder whose server still answers is passed over. */
async function freeDataFolder() {
  for (let number = 1; ; number += 1) {
    const folder = join(home, number === 1 ? 'redis-data' : `redis-data-${number}`);
    if (!(await isServed(folder))) return folder;
  }
}

async function isServed(folder) {
  try {
    const port = Number(readFileSync(join(folder, 'port'), 'utf8'));
    const reply = await ask(port, 'CONFIG GET dir');
    return reply.includes(`\r\n${realpathSync(folder)}\r\n`) || reply.includes('\r\n/data\r\n');
  } catch {
    return false;
  }
}

async function untilReady(port) {
  for (const end = Date.now() + loadingMs; Date.now() < end; await sleep(50)) {
    const reply = await ask(port, 'PING').catch(() => '');
    if (reply.startsWith('+PONG')) return true;
  }
  return false;
}

/** One inline command and the first bytes of its reply: enough before any dependency is installed. */
function ask(port, command) {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(`${command}\r\n`));
    socket.setTimeout(1_000, () => socket.destroy(new Error('timeout')));
    socket.once('error', reject);
    socket.once('data', (data) => {
      resolve(data.toString());
      socket.destroy();
    });
  });
}
