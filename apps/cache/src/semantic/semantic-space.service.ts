import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { EmbedderRefusedError, type Embedder } from '#embedding';
import { Log, Metrics } from '#service';
import type { VectorIndex } from '#vector-index';
import { essenceOf } from './guards/analysis.js';
import { guardVeto } from './guards/guard-veto.js';
import { SemanticRepository } from './semantic.repository.js';
import { TextVectors } from './text-vectors.js';

const firstPauseMs = 250;
const longestPauseMs = 30_000;
/** A model that is still being loaded does not hold up the end. */
const longestCloseMs = 1_000;

/** Owns the embedder and the vector index. Both open behind the start: a service without them answers by exact text. */
@Injectable()
export class SemanticSpaceService implements OnModuleInit, OnApplicationShutdown {
  private embedder?: Embedder;
  private texts?: TextVectors;
  private openIndex?: VectorIndex;
  private readonly closing = new AbortController();
  private opening?: Promise<void>;
  private hasFailed = false;

  constructor(
    private readonly repository: SemanticRepository,
    private readonly log: Log,
    metrics: Metrics,
  ) {
    const help = '1 while questions are compared by meaning, 0 while they are answered by their exact text only';
    metrics.gauge('larder_cache_semantic_ready', help, [], (gauge) =>
      gauge.set(this.openIndex?.status() === 'ready' ? 1 : 0),
    );
  }

  /** Absent until it has opened; for good when it was refused. */
  get vectors(): TextVectors | undefined {
    return this.texts;
  }

  get index(): VectorIndex | undefined {
    return this.openIndex;
  }

  /** Why there is no index. */
  get indexFault(): 'index-loading' | 'index-unavailable' {
    return this.hasFailed ? 'index-unavailable' : 'index-loading';
  }

  onModuleInit(): void {
    this.opening ??= this.open();
  }

  async onApplicationShutdown(): Promise<void> {
    this.closing.abort();
    await Promise.race([this.opening, sleep(longestCloseMs, undefined, { ref: false })]);
    await this.close();
  }

  private async open(): Promise<void> {
    for (let attempt = 0; !this.closing.signal.aborted; attempt += 1) {
      try {
        await this.openBoth();
        return;
      } catch (error) {
        if (error instanceof EmbedderRefusedError) {
          this.log.error('Embedder refused: answers by exact text only', { error });
          return;
        }
        this.hasFailed = true;
        if (attempt === 0) this.log.warn('No comparison by meaning yet; trying on', { reason: reasonOf(error) });
      }
      const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(attempt, 10));
      await sleep(pauseMs, undefined, { signal: this.closing.signal, ref: false }).catch(() => undefined);
    }
  }

  private async openBoth(): Promise<void> {
    this.embedder ??= await this.repository.openEmbedder();
    this.texts ??= new TextVectors(this.embedder);
    await warmUp();
    if (!this.closing.signal.aborted) this.openIndex = await this.repository.openIndex(this.embedder);
    // Whoever closed meanwhile did not see them.
    if (this.closing.signal.aborted) await this.close();
  }

  private async close(): Promise<void> {
    const [index, embedder] = [this.openIndex, this.embedder];
    this.openIndex = this.embedder = this.texts = undefined;
    await Promise.allSettled([index?.close(), embedder?.close?.()]);
  }
}

/** The engine compiles patterns at their first uses: no look-up has that time. A turn of the loop for each. */
async function warmUp(): Promise<void> {
  for (const text of ['How do I reset my password?', 'How do I reset my pasword, please?', 'How do I reset it?']) {
    await sleep(0);
    guardVeto('Please tell me how to reset a password', essenceOf(text));
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown';
}
