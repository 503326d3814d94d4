import { Injectable } from '@nestjs/common';
import type { FlightMember, FlightRole } from '#contracts';
import { EstimateService } from '../limits/estimate.service.js';
import { callerOf } from '../limits/limited-caller.js';
import { LimitsService } from '../limits/limits.service.js';
import { withStanding } from '../limits/standing.js';
import { abortAfter } from './abort-after.js';
import { AnswerStoreService } from './answer-store.service.js';
import { answerLive, answerRefusal, answerWhole } from './answer.js';
import type { CacheVerdict } from './cache-verdict.js';
import type { CompletionRequest } from './completion-request.js';
import type { Departure } from './departure.js';
import type { SpentSoFar } from './dialect.js';
import { LiveAnswer } from './live-answer.js';
import { isOpenStream, ModelCallService } from './model-call.service.js';
import type { Answer, Outcome } from './outcome.js';
import { Flight, SingleFlightService } from './single-flight.service.js';

/** A client that has gone leaves this long for its answer to be finished and cached. Milliseconds. */
const drainMs = 60_000;

export interface Boarding {
  readonly member: FlightMember;
  readonly role: FlightRole;
}

/** Gets an answer that is not in the cache: one call upstream for all who ask the same, and what follows it. */
@Injectable()
export class DepartureService {
  constructor(
    private readonly flights: SingleFlightService,
    private readonly models: ModelCallService,
    private readonly store: AnswerStoreService,
    private readonly limits: LimitsService,
    private readonly estimates: EstimateService,
  ) {}

  /** Leads the flight of a question and calls upstream, or has the outcome of the one that leads. */
  async fly(request: CompletionRequest, departure: Departure, { member, role }: Boarding): Promise<Answer> {
    const boarded = await this.flights.board(member, role);
    const { verdict } = departure;
    if (!(boarded instanceof Flight)) return answerWhole(request, boarded, { ...verdict, result: 'coalesced' });
    const isDegraded = !boarded.isLeased && !verdict.degraded?.length;
    const told: CacheVerdict = isDegraded ? { ...verdict, degraded: ['flight'] } : verdict;
    return this.depart(request, { ...departure, verdict: told, flight: boarded });
  }

  /** Calls upstream, if the limits allow it; whatever happens, the flight lands. */
  async depart(request: CompletionRequest, departure: Departure): Promise<Answer> {
    try {
      const estimate = () => this.estimates.of(request);
      const allowance = await this.limits.reserve(callerOf(request), estimate, departure.receipt);
      const { refusal, spending } = allowance;
      // Who follows has limits of their own, and elects another leader.
      if (refusal) await departure.flight?.land(undefined);
      const answer = refusal
        ? answerRefusal(refusal)
        : await this.call(request, { ...departure, ...(spending && { spending }) });
      return withStanding(answer, allowance);
    } catch (fault) {
      await departure.flight?.land(undefined);
      throw fault;
    }
  }

  private async call(request: CompletionRequest, departure: Departure): Promise<Answer> {
    const startedAt = performance.now();
    const signal = departure.question ? abortAfter(request.client.signal, drainMs) : request.client.signal;
    const settle = (outcome: Outcome | undefined, spent?: () => SpentSoFar) => {
      // A failure that came of nobody waiting any more is none for those who follow.
      const told = outcome?.status !== 200 && signal.aborted ? undefined : outcome;
      const latencyMs = Math.round(performance.now() - startedAt);
      return this.store.settle(request, departure, { outcome: told, latencyMs, ...(spent && { spent }) });
    };
    try {
      const reply = await this.models.ask(request, { signal, inexact: departure.inexact });
      if (!isOpenStream(reply)) return answerWhole(request, reply, await settle(reply));
      const { dialect, body, witness } = request;
      const live = new LiveAnswer({
        dialect,
        body,
        source: reply.body,
        settle: async (...end) => closingComment(await settle(...end)),
        ...(witness && { witness }),
      });
      const failure = await live.failedBeforeBegun;
      return failure ? answerWhole(request, failure, departure.verdict) : answerLive(live, departure.verdict);
    } catch (fault) {
      // Nobody waits any more, and upstream has not said what it did until then.
      void departure.spending?.settle({ microUsd: 0, writtenBytes: 0 });
      throw fault;
    }
  }
}

/** Headers have gone when a stream ends, so what only then is known follows as an SSE comment. */
function closingComment(verdict: CacheVerdict): string {
  const entry = verdict.entryId ? ` entry=${verdict.entryId}` : '';
  return `larder${verdict.stored ? ' stored' : ''}${entry} cost-micro-usd=${verdict.costMicroUsd ?? 0}`;
}
