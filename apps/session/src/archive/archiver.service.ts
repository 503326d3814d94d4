import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { Log, Metrics, newId, ServiceEnv } from '#service';
import type { SessionAddress } from '../message/message-log.js';
import { ArchiveOutbox } from './archive-outbox.js';
import { ArchiveWriter } from './archive-writer.js';
import { Archive } from './archive.js';
import { ErasureOrdersRepository } from './erasure-orders.repository.js';
import { OutboxRepository } from './outbox.repository.js';

const leaseMs = 15_000;
const pauseMs = 250;
const mostPauseMs = 5_000;
/** Longer than any change takes from its announcement to its end: then an empty outbox stays empty. */
const settledMs = 30_000;
/** Sessions of one round. */
const most = 1_000;
/** Clocks of Redis and of the file system may differ by so much. */
const clockSkewMs = 60_000;

/** One replica at a time writes what the sessions have left for the archive, and erases from it. */
@Injectable()
export class ArchiverService extends ArchiveOutbox implements OnApplicationBootstrap, BeforeApplicationShutdown {
  override readonly isOn: boolean;
  private readonly holder = newId();
  private readonly stopping = new AbortController();
  private readonly written: Counter;
  private writer: ArchiveWriter | undefined;
  private since = 0;
  private isFailing = false;
  private running: Promise<void> | undefined;

  constructor(
    env: ServiceEnv,
    private readonly archive: Archive,
    private readonly outbox: OutboxRepository,
    private readonly orders: ErasureOrdersRepository,
    private readonly log: Log,
    metrics: Metrics,
  ) {
    super();
    this.isOn = env.archiveDir !== undefined;
    this.written = metrics.counter('larder_session_archived_total', 'Changes that the archive has written');
    metrics.gauge('larder_session_archive_failing', '1 while the archive cannot be written', [], (gauge) =>
      gauge.set(this.isFailing ? 1 : 0),
    );
  }

  override expect(session: SessionAddress): Promise<void> {
    return this.outbox.expect(session);
  }

  onApplicationBootstrap(): void {
    if (this.isOn) this.running = this.run();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    let pause = pauseMs;
    while (!this.stopping.signal.aborted) {
      try {
        await this.held(() => this.round());
        if (this.isFailing) this.log.info('the archive is written again');
        this.isFailing = false;
        pause = pauseMs;
      } catch (error) {
        if (!this.isFailing) this.log.error('the archive cannot be written; what is to be archived waits', { error });
        this.isFailing = true;
        pause = Math.min(2 * pause, mostPauseMs);
      }
      await sleep(pause, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    }
    await this.archive.close().catch(() => undefined);
  }

  /** However long a round takes, nobody else begins to write meanwhile. */
  private async held(work: () => Promise<void>): Promise<void> {
    if (!(await this.outbox.hold(this.holder, leaseMs))) {
      if (this.writer) await this.archive.close();
      this.writer = undefined;
      return;
    }
    const renew = () => void this.outbox.hold(this.holder, leaseMs).catch(() => undefined);
    const renewal = setInterval(renew, leaseMs / 3);
    try {
      await work();
    } finally {
      clearInterval(renewal);
    }
  }

  private async round(): Promise<void> {
    this.writer ??= await this.opened();
    const now = await this.outbox.now();
    const fresh = await this.outbox.pending(this.since - pauseMs, undefined, most);
    this.written.inc(await this.writer.drain(fresh));
    this.since = fresh.at(-1)?.saidAt ?? this.since;
    const settled = await this.outbox.pending(0, now - settledMs, most);
    this.written.inc(await this.writer.drain(settled));
    await Promise.all(settled.map((session) => this.outbox.forget(session)));
    await this.erase(this.writer);
  }

  private async opened(): Promise<ArchiveWriter> {
    const [oldest] = await this.outbox.pending(0, undefined, 1);
    this.since = 0;
    const places = await this.archive.open(oldest ? oldest.saidAt - clockSkewMs : Infinity);
    return new ArchiveWriter(this.archive, this.outbox, places);
  }

  /** Whatever waits is written first, or it would come after. */
  private async erase(writer: ArchiveWriter): Promise<void> {
    const open = await this.orders.open();
    if (open.length === 0) return;
    for (let from = 0; ;) {
      const waiting = await this.outbox.pending(from, undefined, most);
      this.written.inc(await writer.drain(waiting));
      const last = waiting.at(-1)?.saidAt;
      if (waiting.length < most || last === undefined || last === from) break;
      from = last;
    }
    for (const [erasureId, order] of open) {
      const lines = await this.archive.erase(order.tenant, order.userId);
      await this.orders.done(erasureId, order, lines);
    }
  }
}
