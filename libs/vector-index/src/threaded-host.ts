import { Worker } from 'node:worker_threads';
import type { HostCounts, HostMatch, HostQuery, Rows, VectorHost } from './partition-host.js';

export interface HostCall {
  readonly call: number;
  readonly method: keyof VectorHost;
  readonly args: readonly unknown[];
}

export interface HostReply {
  readonly call: number;
  readonly result?: unknown;
  readonly fault?: string;
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A host in a thread of its own: building and searching never hold up the event loop of the service. */
export class ThreadedHost implements VectorHost {
  private readonly worker: Worker;
  private readonly pending = new Map<number, Pending>();
  private nextCall = 0;
  private ended?: Error;

  /** @param onEnd told once when the thread ends by itself: its vectors are lost then */
  constructor(
    dimension: number,
    private readonly onEnd: (error: Error) => void,
    entry: URL = new URL('./embedded-thread.js', import.meta.url),
  ) {
    this.worker = new Worker(entry, { workerData: { dimension } });
    this.worker.unref();
    this.worker.on('message', ({ call, result, fault }: HostReply) => {
      const waiting = this.pending.get(call);
      this.pending.delete(call);
      if (fault === undefined) {
        waiting?.resolve(result);
      } else {
        waiting?.reject(new Error(`The vector thread failed: ${fault}`));
      }
    });
    this.worker.on('error', (error) => this.end(error));
    this.worker.on('exit', () => this.end(new Error('The vector thread has ended')));
  }

  async put(rows: Rows): Promise<void> {
    await this.call('put', [rows], [rows.vectors.buffer as ArrayBuffer]);
  }
  async drop(ids: readonly string[]): Promise<void> {
    await this.call('drop', [ids]);
  }
  async search(query: HostQuery): Promise<HostMatch[]> {
    return (await this.call('search', [query])) as HostMatch[];
  }
  async unknown(ids: readonly string[]): Promise<string[]> {
    return (await this.call('unknown', [ids])) as string[];
  }
  async sample(from: number, count: number): Promise<{ ids: string[]; next: number }> {
    return (await this.call('sample', [from, count])) as { ids: string[]; next: number };
  }
  async build(goesOn: boolean): Promise<void> {
    await this.call('build', [goesOn]);
  }
  async counts(): Promise<HostCounts> {
    return (await this.call('counts', [])) as HostCounts;
  }

  async close(): Promise<void> {
    this.ended ??= new Error('The vector thread is closed');
    this.rejectAll(this.ended);
    await this.worker.terminate();
  }

  private call(method: keyof VectorHost, args: readonly unknown[], moved: ArrayBuffer[] = []): Promise<unknown> {
    if (this.ended) {
      return Promise.reject(this.ended);
    }
    const call = this.nextCall++;
    return new Promise((resolve, reject) => {
      this.pending.set(call, { resolve, reject });
      this.worker.postMessage({ call, method, args } satisfies HostCall, moved);
    });
  }

  private end(error: Error): void {
    if (this.ended) {
      return;
    }
    this.ended = error;
    this.rejectAll(error);
    this.onEnd(error);
  }

  private rejectAll(error: Error): void {
    this.pending.forEach(({ reject }) => reject(error));
    this.pending.clear();
  }
}
