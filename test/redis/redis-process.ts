import { spawn, type ChildProcess } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const alive = new Set<ChildProcess>();
// A test that dies leaves no server behind.
process.once('exit', () => alive.forEach((child) => child.kill('SIGKILL')));

/** The redis-server to run: as named by LARDER_REDIS_SERVER, on PATH, or unpacked under `.larder/`. */
function findRedisServer(): string {
  const onPath = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'redis-server'));
  const unpacked = join(import.meta.dirname, '../../.larder/redis/usr/bin/redis-server');
  const candidates = [process.env.LARDER_REDIS_SERVER, ...onPath, unpacked].filter((path) => path !== undefined);
  const found = candidates.find(isExecutable);
  if (found === undefined) {
    throw new Error('No redis-server: install one, or name it in LARDER_REDIS_SERVER');
  }
  return found;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** One redis-server, as a server or as a sentinel, that can be killed and started again. */
export class RedisProcess {
  private child: ChildProcess | undefined;

  constructor(
    private readonly args: readonly string[],
    private readonly readyLine: RegExp,
  ) {}

  get pid(): number {
    const pid = this.child?.pid;
    if (pid === undefined) {
      throw new Error('This redis-server is not running');
    }
    return pid;
  }

  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  async start(): Promise<void> {
    const child = spawn(findRedisServer(), this.args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    alive.add(child);
    child.once('exit', () => alive.delete(child));
    await this.untilReady(child);
  }

  /** SIGKILL: the only one that a stopped process obeys, and no test needs the data afterwards. */
  async kill(): Promise<void> {
    const child = this.child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) {
      return;
    }
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await exited;
  }

  private untilReady(child: ChildProcess): Promise<void> {
    return new Promise((resolve, reject) => {
      let output = '';
      const read = (chunk: Buffer) => {
        output += chunk.toString();
        if (this.readyLine.test(output)) {
          // Reads on, so that a full pipe never blocks the server.
          child.stdout?.off('data', read).resume();
          child.stderr?.off('data', read).resume();
          resolve();
        }
      };
      child.stdout?.on('data', read);
      child.stderr?.on('data', read);
      child.once('error', reject);
      child.once('exit', () => reject(new Error(`redis-server did not start:\n${output}`)));
    });
  }
}
