import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningLarder } from './larder.js';
import { send } from './http.js';
import { chatBody, freshPrompt } from './suite.js';

export interface LoadResult {
  /** 0 when there was no answer at all. */
  readonly status: number;
  readonly startedAt: number;
  readonly elapsedMs: number;
  /** `x-larder-cache` of the answer. */
  readonly cache?: string;
  /** `x-larder-degraded` of the answer. */
  readonly degraded?: string;
  /** Why there was no answer, or the start of a refusal. */
  readonly fault?: string;
}

/** Steady chat traffic: a third repeats a few prompts, a third is new, a third is streamed and new. */
export class Load {
  readonly results: LoadResult[] = [];
  private running = true;
  private readonly popular = Array.from({ length: 4 }, () => freshPrompt('something popular'));
  private readonly workers: Promise<void>[];

  constructor(
    private readonly larder: RunningLarder,
    private readonly options: { concurrency: number; pauseMs: number; timeoutMs: number },
  ) {
    this.workers = Array.from({ length: options.concurrency }, (_, worker) => this.work(worker));
  }

  /** Stops asking and waits for what is still open. */
  async stop(): Promise<readonly LoadResult[]> {
    this.running = false;
    await Promise.all(this.workers);
    return this.results;
  }

  since(time: number): LoadResult[] {
    return this.results.filter((result) => result.startedAt >= time);
  }

  private async work(worker: number): Promise<void> {
    for (let turn = worker; this.running; turn += 1) {
      this.results.push(await this.ask(turn));
      await sleep(this.options.pauseMs);
    }
  }

  private async ask(turn: number): Promise<LoadResult> {
    const prompt = turn % 3 === 0 ? this.popular[turn % this.popular.length]! : freshPrompt('load');
    const gateways = this.larder.gateways.filter((each) => !each.exited);
    const gateway = gateways[turn % gateways.length]!;
    const startedAt = Date.now();
    try {
      const reply = await send(`${gateway.url}/v1/chat/completions`, {
        body: chatBody(prompt, turn % 3 === 2 ? { stream: true } : {}),
        headers: { authorization: `Bearer ${this.larder.key}` },
        timeoutMs: this.options.timeoutMs,
      });
      return {
        status: reply.status,
        startedAt,
        elapsedMs: Date.now() - startedAt,
        cache: reply.headers['x-larder-cache'],
        degraded: reply.headers['x-larder-degraded'],
        ...(reply.status === 200 ? {} : { fault: reply.text.slice(0, 200) }),
      };
    } catch (error) {
      return { status: 0, startedAt, elapsedMs: Date.now() - startedAt, fault: String(error) };
    }
  }
}

/** What did not go well, one line each; empty when every request was answered 200. */
export function failures(results: readonly LoadResult[]): string[] {
  return results
    .filter((result) => result.status !== 200)
    .map((result) => `${result.status} after ${result.elapsedMs} ms: ${result.fault}`);
}
