import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';

/** The top of the repository, seen from dist/bench/measuring/. */
export const root = fileURLToPath(new URL('../../../', import.meta.url));
const readyWithinMs = 60_000;

/** A process under measurement. */
export interface Child {
  readonly url: string;
  readonly pid: number;
  /** From spawn to the first answer of its readiness, in milliseconds. */
  readonly startMs: number;
  stop(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** This process' environment without what would steer Larder or Node. */
function cleanEnvironment(): Record<string, string | undefined> {
  const steering = /^(LARDER_|REDIS_|OPENAI_|NODE_OPTIONS$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !steering.test(name)));
}

/** The Redis that `npm run bench` started for this run. */
export function redisUrl(): string {
  const url = process.env['REDIS_URL'];
  if (!url) throw new Error('REDIS_URL is not set: run this by `npm run bench -- <suite>`');
  return url;
}

/** Starts a built module (`apps/gateway/src/main.js`) and waits until its readiness answers 200. */
export async function startChild(module: string, env: Readonly<Record<string, string>> = {}): Promise<Child> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const began = performance.now();
  const child = spawn(process.execPath, [`${root}dist/${module}`], {
    cwd: root,
    env: { ...cleanEnvironment(), REDIS_URL: redisUrl(), LARDER_HTTP_PORT: String(port), ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await untilReady(child, `${url}/health/ready`, module);
  return { url, pid: child.pid!, startMs: performance.now() - began, stop: () => stop(child) };
}

async function untilReady(child: ChildProcess, url: string, module: string): Promise<void> {
  for (const end = Date.now() + readyWithinMs; Date.now() < end; await sleep(10)) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${module} ended`);
    const response = await fetch(url).catch(() => undefined);
    await response?.arrayBuffer();
    if (response?.ok) return;
  }
  child.kill('SIGKILL');
  throw new Error(`${module} was not ready after ${readyWithinMs} ms`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

/** Runs a built module to its end and parses the JSON that it prints. */
export async function runChild<T>(module: string, args: readonly string[]): Promise<T> {
  const child = spawn(process.execPath, [`${root}dist/${module}`, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  child.stdout.on('data', (part: Buffer) => (printed += part.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${module} ended with code ${code}`);
  return JSON.parse(printed) as T;
}
