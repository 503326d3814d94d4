import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { send } from './http.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const readyWithinMs = 40_000;
const stopsWithinMs = 15_000;

export type AppName = 'standalone' | 'gateway' | 'cache' | 'ratelimit' | 'session' | 'worker';

/** A port that was free a moment ago on loopback. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** This process' environment without anything that would steer Larder. */
export function cleanEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) => !/^(LARDER_|REDIS_|OPENAI_|NODE_OPTIONS$)/.test(name));
  return Object.fromEntries(kept) as Record<string, string>;
}

const children = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/** One built app as a process of its own, with everything it ever printed. */
export class LarderProcess {
  private output = '';

  private constructor(
    readonly app: AppName,
    readonly url: string,
    private readonly child: ChildProcess,
  ) {
    children.add(child);
    child.once('exit', () => children.delete(child));
    const collect = (part: Buffer) => (this.output += part.toString('utf8'));
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
  }

  static async spawn(app: AppName, env: Readonly<Record<string, string>>): Promise<LarderProcess> {
    const port = env.LARDER_HTTP_PORT ?? String(await freePort());
    const main = `${root}dist/apps/${app}/src/main.js`;
    const child = spawn(process.execPath, [main], {
      cwd: root,
      env: { ...cleanEnvironment(), LARDER_HTTP_PORT: port, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new LarderProcess(app, `http://127.0.0.1:${port}`, child);
  }

  get pid(): number {
    return this.child.pid!;
  }

  get exited(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Everything printed so far, stdout and stderr. */
  get log(): string {
    return this.output;
  }

  async untilReady(): Promise<this> {
    const deadline = Date.now() + readyWithinMs;
    while (Date.now() < deadline && !this.exited) {
      const reply = await send(`${this.url}/health/ready`, { timeoutMs: 2_000 }).catch(() => undefined);
      if (reply?.status === 200) return this;
      await sleep(50);
    }
    await this.kill();
    throw new Error(`${this.app} did not become ready:\n${this.output.slice(-4_000)}`);
  }

  /** Waits for the process to end by itself; its exit code. */
  async untilExit(): Promise<number | null> {
    if (!this.exited) await once(this.child, 'exit', { signal: AbortSignal.timeout(readyWithinMs) });
    return this.child.exitCode;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async kill(): Promise<void> {
    if (this.exited) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }

  /** SIGTERM; says whether it drained and left by itself. */
  async stop(): Promise<boolean> {
    if (this.exited) return true;
    const gone = once(this.child, 'exit').then(() => true);
    this.child.kill('SIGTERM');
    const clean = await Promise.race([gone, sleep(stopsWithinMs, false, { ref: false })]);
    await this.kill();
    return clean;
  }
}
