import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import type { FlightMember, Question } from '#contracts';
import { Log, Metrics } from '#service';
import type { CompletionRequest } from './completion-request.js';
import { DepartureService } from './departure.service.js';
import { SingleFlightService } from './single-flight.service.js';

/** So many refreshes at once: stale answers are served all the same, and the next who asks tries again. */
const mostAtOnce = 32;

/** Fetches fresh answers behind the stale ones that were served (RFC 5861, stale-while-revalidate). */
@Injectable()
export class RefreshService implements BeforeApplicationShutdown {
  /** The flights that refreshes lead. */
  private readonly open = new Set<FlightMember>();
  private isClosing = false;
  private readonly refreshes;
  private isFailing = false;

  constructor(
    private readonly departures: DepartureService,
    private readonly flights: SingleFlightService,
    private readonly log: Log,
    metrics: Metrics,
  ) {
    this.refreshes = metrics.counter('larder_refreshes_total', 'Fresh answers fetched behind stale ones, by result.', [
      'result',
    ]);
  }

  /** Begins one, whose flight the caller leads; the client that got the stale answer neither waits for it nor hears of it. */
  begin(request: CompletionRequest, question: Question, member: FlightMember): void {
    if (this.open.size >= mostAtOnce || this.isClosing) {
      this.refreshes.inc({ result: 'refused' });
      void this.flights.giveBack(member);
      return;
    }
    this.open.add(member);
    void this.run(inBackground(request), question, member).then(() => this.open.delete(member));
  }

  /** The calls that are still open end with the process: another replica may ask again at once. */
  async beforeApplicationShutdown(): Promise<void> {
    this.isClosing = true;
    await Promise.all([...this.open].map((member) => this.flights.giveBack(member)));
  }

  /** Never rejects. */
  private async run(request: CompletionRequest, question: Question, member: FlightMember): Promise<void> {
    try {
      const departure = {
        question,
        generation: member.generation,
        verdict: { result: 'miss' },
        inexact: false,
      } as const;
      const { status } = await this.departures.fly(request, departure, { member, role: 'leader' });
      this.report(status === 200, { status });
    } catch (fault) {
      this.report(false, { error: fault });
    }
  }

  /** An upstream that stays away would fill the log: only the first failure in a row is told there. */
  private report(isGood: boolean, detail: Readonly<Record<string, unknown>>): void {
    this.refreshes.inc({ result: isGood ? 'fetched' : 'failed' });
    if (!isGood && !this.isFailing && !this.isClosing) {
      this.log.warn('a stale answer was not refreshed; further failures in a row are only counted', detail);
    }
    this.isFailing = !isGood;
  }
}

/** The same question without its client: plain, since nobody reads along. */
function inBackground(request: CompletionRequest): CompletionRequest {
  const { stream: _stream, stream_options: _streamOptions, ...body } = request.body;
  const { witness: _told, ...question } = request;
  const client = { signal: new AbortController().signal };
  return { ...question, body, stream: false, client };
}
