import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { cleanEnvironment } from '../larder/larder-process.js';

const script = fileURLToPath(new URL('./ledger-worker.mjs', import.meta.url));

/** Processes that run jobs, and are killed at random; whoever is killed is followed by another. */
export class WorkerFleet {
  kills = 0;
  private readonly workers: ChildProcess[] = [];

  constructor(private readonly env: Readonly<Record<string, string>>) {}

  /** Resolves when they run. */
  async start(count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, () => this.startOne()));
  }

  /** Kills one of them (-9) and has another start in its place. */
  killOne(): void {
    const [worker] = this.workers.splice(Math.floor(Math.random() * this.workers.length), 1);
    this.kills += 1;
    worker!.kill('SIGKILL');
    void this.startOne();
  }

  stop(): void {
    for (const worker of this.workers.splice(0)) worker.kill('SIGKILL');
  }

  private async startOne(): Promise<void> {
    const env = { ...cleanEnvironment(), ...this.env };
    const worker = spawn(process.execPath, [script], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    this.workers.push(worker);
    await Promise.race([once(worker.stdout, 'data'), once(worker, 'exit')]);
    worker.stdout.resume();
  }
}
