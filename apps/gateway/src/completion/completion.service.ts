import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { CacheHit, CacheMiss, FlightMember, Question } from '#contracts';
import { callerOf } from '../limits/limited-caller.js';
import { LimitsService, type Admission } from '../limits/limits.service.js';
import { withStanding } from '../limits/standing.js';
import { answerHit, answerRefusal, notCached } from './answer.js';
import type { CacheVerdict } from './cache-verdict.js';
import type { CompletionRequest } from './completion-request.js';
import { DepartureService } from './departure.service.js';
import { LookUpService, type LookedUp } from './look-up.service.js';
import { ModelCallService } from './model-call.service.js';
import { isUpstreamFailure, type Answer, type Outcome } from './outcome.js';
import { QuestionService } from './question.service.js';
import { RefreshService } from './refresh.service.js';
import { newFlightToken, SingleFlightService } from './single-flight.service.js';

interface Asked {
  readonly request: CompletionRequest;
  readonly question: Question;
  readonly admission: Admission;
  /** Owns the lease of a flight, should this request lead one. */
  readonly flightToken: string;
}

/** The path of every question to a model: limit and look up → on a miss one call for all who ask the same → store → answer. */
@Injectable()
export class CompletionService {
  constructor(
    private readonly questions: QuestionService,
    private readonly lookUps: LookUpService,
    private readonly departures: DepartureService,
    private readonly refreshes: RefreshService,
    private readonly flights: SingleFlightService,
    private readonly limits: LimitsService,
    private readonly models: ModelCallService,
  ) {}

  /** @throws ServiceError for requests that no upstream could answer; an upstream's refusal is an answer. */
  async complete(request: CompletionRequest): Promise<Answer> {
    this.models.assertServes(request.body.model);
    const { question, inexact } = this.questions.of(request);
    const flightToken = newFlightToken();
    const [admission, lookedUp] = await Promise.all([
      this.limits.admit(callerOf(request)),
      question && this.lookUps.ask(request, question, flightToken),
    ]);
    const answer =
      question && lookedUp
        ? await this.answer({ request, question, admission, flightToken }, lookedUp)
        : await this.bypass(request, admission, inexact);
    return withStanding(answer, admission);
  }

  private answer(asked: Asked, lookedUp: LookedUp): Answer | Promise<Answer> {
    const { found } = lookedUp;
    const { refusal } = asked.admission;
    if (refusal) return this.refuse(asked, found, refusal);
    const hit = found?.hit ? this.answerHit(asked, found) : undefined;
    return hit ?? this.answerMiss(asked, lookedUp);
  }

  private async refuse(asked: Asked, found: LookedUp['found'], refusal: Outcome): Promise<Answer> {
    if (leads(found)) await this.flights.giveBack(memberOf(asked, found));
    return answerRefusal(refusal);
  }

  private async bypass(request: CompletionRequest, { refusal, receipt }: Admission, inexact: boolean): Promise<Answer> {
    const verdict: CacheVerdict = { result: 'bypass' };
    if (refusal) return answerRefusal(refusal);
    return request.controls.onlyIfCached
      ? notCached(request, verdict)
      : this.departures.depart(request, { verdict, inexact, ...(receipt !== undefined && { receipt }) });
  }

  private answerHit(asked: Asked, hit: CacheHit): Answer | undefined {
    const answer = answerHit(asked.request, hit);
    if (answer && hit.revalidate) this.refreshes.begin(asked.request, asked.question, memberOf(asked, hit));
    return answer;
  }

  private async answerMiss(asked: Asked, { found, isAway }: LookedUp): Promise<Answer> {
    const { request, question, admission } = asked;
    const { receipt } = admission;
    const miss = found?.hit ? undefined : found;
    const verdict = missVerdict(request, miss, isAway);
    if (request.controls.onlyIfCached) return notCached(request, verdict);
    const isUnkept = miss !== undefined && !mayKeep(request, miss);
    const paid = receipt === undefined ? {} : { receipt };
    const departure = { question, verdict, inexact: false, isUnkept, ...generationOf(found), ...paid };
    // A stale hit that turned out unreadable comes with the lead of its flight.
    const role = miss?.flight ?? (leads(found) ? 'leader' : 'alone');
    const answer =
      role === 'none' || !mayShare(request, verdict)
        ? await this.departures.depart(request, departure)
        : await this.departures.fly(request, departure, { member: memberOf(asked, found), role });
    if (answer.isRefused) return answer;
    return isUpstreamFailure(answer.status) ? ((await this.answerStale(request, question)) ?? answer) : answer;
  }

  /** Upstream has failed, for this request or for the one that it followed: an expired answer is better than none. */
  private async answerStale(request: CompletionRequest, question: Question): Promise<Answer | undefined> {
    const hit = await this.lookUps.askStale(request, question);
    return hit && answerHit(request, hit);
  }
}

/** Whether the look-up made this request the leader of a flight, for which others may be waiting. */
function leads(found: CacheHit | CacheMiss | undefined): boolean {
  return found?.hit ? found.revalidate !== undefined : found?.flight === 'leader';
}

/** The flight that this request may lead or join: that of the key which the cache keeps the answer under. */
function memberOf({ question, flightToken }: Asked, found: CacheHit | CacheMiss | undefined): FlightMember {
  const { tenant, cacheId } = question;
  const effective = found?.hit ? found.revalidate?.exactKey : found?.exactKey;
  const { generation = '' } = generationOf(found);
  return { tenant, cacheId, exactKey: effective ?? perUser(question), generation, flightToken };
}

/** Without the cache nobody knows whether the question's class has a partition for each user: then every user is apart. */
function perUser({ exactKey, userId }: Question): string {
  if (userId === undefined) return exactKey;
  return createHash('sha256').update(`${exactKey}\n${userId}`).digest('hex');
}

function generationOf(found: CacheHit | CacheMiss | undefined): { generation?: string } {
  const generation = found?.hit ? found.revalidate?.generation : found?.generation;
  return generation === undefined ? {} : { generation };
}

function missVerdict(request: CompletionRequest, miss: CacheMiss | undefined, isAway: boolean): CacheVerdict {
  return {
    result: miss?.shadow ? 'shadow' : 'miss',
    forced: wasForced(request, miss),
    ...miss?.shadow,
    ...(miss && { reason: miss.reason, class: miss.class }),
    degraded: isAway ? ['cache'] : [],
  };
}

/** With the cache away nobody can say whether its policy overlooks `Cache-Control`: the caller's word counts. */
function wasForced({ controls }: CompletionRequest, miss: CacheMiss | undefined): boolean {
  return controls.noCache || (miss ? miss.reason === 'no-cache' : controls.httpNoCache);
}

/** A time to live of the request's own is a wish to keep what the class would not; never what belongs to somebody unknown. */
function mayKeep({ controls }: CompletionRequest, { store, reason }: CacheMiss): boolean {
  return reason !== 'user-unknown' && (store || controls.ttlSeconds !== undefined);
}

/** Who wants a fresh answer or leaves no trace shares with nobody. */
function mayShare({ controls }: CompletionRequest, { forced }: CacheVerdict): boolean {
  return !forced && !controls.noStore;
}
