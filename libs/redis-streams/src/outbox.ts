import { backoffMs } from './backoff.js';
import { isClustered, type BusConnections } from './bus-connections.js';
import type { FrameSeal } from './frame-seal.js';
import { isUnknownScript } from './append-script.js';
import { StreamWork, type AppendSettled, type StreamCommand, type StreamResult } from './stream-work.js';

/** A mailbox that nobody writes to for this long is gone: dead callers leave nothing. */
const mailbox = { ttlMs: 60_000, maxLength: 10_000 };
const renewMs = 20_000;
const maxRenewals = 10_000;
const trimAfterMs = 50;
const maxFlights = 2;
const firstBackoffMs = 25;
const longestBackoffMs = 1_000;

/** Gathers what one turn of the event loop wants to write, and sends it in one round trip (in a Cluster: one a stream). */
export class Outbox {
  private readonly waiting = new Map<string, StreamWork>();
  /** Work that failed and rests; what comes for its stream meanwhile waits behind it. */
  private readonly resting = new Map<string, StreamWork>();
  private readonly renewed = new Map<string, number>();
  private readonly trims = new Map<string, string>();
  private trimTimer?: NodeJS.Timeout;
  private scriptKnown = false;
  private scheduled = false;
  private flights = 0;
  private idle: (() => void)[] = [];

  constructor(
    private readonly connections: BusConnections,
    private readonly seal: FrameSeal,
  ) {}

  /** One entry, never written twice. */
  append(stream: string, text: string, settled: AppendSettled): void {
    this.workOn(stream).append(text, settled);
    this.schedule();
  }

  /** One frame for a mailbox. */
  reply(stream: string, frame: string): void {
    this.workOn(stream, true).addFrame(frame);
    this.schedule();
  }

  /** Everything below `id` has been read. Deleted soon, not at once: for many entries it costs as little as for one. */
  trim(stream: string, id: string): void {
    this.trims.set(stream, id);
    this.trimTimer ??= setTimeout(() => this.trimNow(), trimAfterMs);
  }

  delete(stream: string, id: string): void {
    this.workOn(stream).delete(id);
    this.schedule();
  }

  /** Waits until all is written, at most `timeoutMs`. */
  async drain(timeoutMs: number): Promise<void> {
    this.trimNow();
    if (this.isIdle) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.idle.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  private trimNow(): void {
    clearTimeout(this.trimTimer);
    this.trimTimer = undefined;
    for (const [stream, id] of this.trims) this.workOn(stream).trim(id);
    this.trims.clear();
    this.schedule();
  }

  private get isIdle(): boolean {
    return this.waiting.size === 0 && this.resting.size === 0 && this.flights === 0;
  }

  private workOn(stream: string, isMailbox = false): StreamWork {
    let work = this.waiting.get(stream);
    if (!work) this.waiting.set(stream, (work = new StreamWork(stream, isMailbox ? mailbox : undefined)));
    return work;
  }

  private schedule(): void {
    if (this.scheduled || this.flights >= maxFlights) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.flush();
    });
  }

  private flush(): void {
    const due: StreamWork[] = [];
    for (const [stream, work] of this.waiting) {
      if (this.resting.has(stream)) continue;
      this.waiting.delete(stream);
      due.push(work);
    }
    if (due.length === 0) return;
    const groups = this.isClustered() ? due.map((work) => [work]) : [due];
    for (const group of groups) void this.send(group);
  }

  private isClustered(): boolean {
    return isClustered(this.connections.command('bus'));
  }

  private async send(group: StreamWork[]): Promise<void> {
    this.flights++;
    const { seal, scriptKnown } = this;
    const batches = group.map((work) => work.commands({ seal, scriptKnown, renew: this.isRenewalDue(work) }));
    const results = await this.execute(batches);
    this.flights--;
    this.learn(batches, results);
    group.forEach((work, index) => this.rest(work.settle(results[index] ?? [])));
    if (this.waiting.size > 0) this.schedule();
    if (this.isIdle) for (const wake of this.idle.splice(0)) wake();
  }

  private learn(batches: StreamCommand[][], results: StreamResult[][]): void {
    for (const [index, batch] of batches.entries()) {
      batch.forEach(([name], at) => {
        const error = results[index]?.[at]?.[0];
        if (name === 'eval' && !error) this.scriptKnown = true;
        else if (isUnknownScript(error)) this.scriptKnown = false;
      });
    }
  }

  /** The results of each batch; a pipeline that failed as a whole failed in each command. */
  private async execute(batches: StreamCommand[][]): Promise<StreamResult[][]> {
    const commands = batches.flat();
    let results: StreamResult[];
    try {
      results = await this.perform(commands);
    } catch (error) {
      results = commands.map(() => [error as Error, undefined]);
    }
    let start = 0;
    return batches.map((batch) => results.slice(start, (start += batch.length)));
  }

  /** Mostly there is one command, for which a pipeline would cost more than the command. */
  private async perform(commands: StreamCommand[]): Promise<StreamResult[]> {
    const client = this.connections.command('bus');
    const [only] = commands;
    if (only && commands.length === 1) return [[null, await client.call(...only)]];
    return (await client.pipeline(commands as unknown as unknown[][]).exec()) ?? [];
  }

  private rest(work: StreamWork | undefined): void {
    if (!work) return;
    this.resting.set(work.stream, work);
    setTimeout(
      () => {
        this.resting.delete(work.stream);
        const later = this.waiting.get(work.stream);
        if (later) work.absorb(later);
        this.waiting.set(work.stream, work);
        this.schedule();
      },
      backoffMs(work.attempt, firstBackoffMs, longestBackoffMs),
    );
  }

  private isRenewalDue(work: StreamWork): boolean {
    if (!work.limits) return false;
    const now = Date.now();
    if (now - (this.renewed.get(work.stream) ?? 0) < renewMs) return false;
    if (this.renewed.size >= maxRenewals) this.renewed.clear();
    this.renewed.set(work.stream, now);
    return true;
  }
}
