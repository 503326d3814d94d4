import { Injectable } from '@nestjs/common';
import { IsInt, IsOptional, IsString, Matches, MaxLength, Min } from 'class-validator';
import { identifierPattern, summariseSession } from '#contracts';
import { RpcClient } from '#redis-streams';
import type { Role } from '#service';
import { PermanentFailure, RetryAfter, type JobContext, type JobKind } from '../job/job-kind.js';

/** How long somebody else may work on a summary before it is asked for again. Milliseconds. */
const busyMs = 2_000;

export class SessionSummaryPayload {
  @Matches(identifierPattern)
  sessionId: string;

  /** Whose session it is; absent: the job's user. */
  @IsOptional()
  @IsString()
  @MaxLength(256)
  userId?: string;

  /** The last `seq` that the summary is to tell of; absent: everything that was said so far. */
  @IsOptional()
  @IsInt()
  @Min(1)
  to?: number;
}

export interface SessionSummary {
  readonly to: number;
  readonly messages: number;
  readonly text: string;
}

/** Has the session service summarise a conversation, step by step; its contexts find the summary from then on. */
@Injectable()
export class SessionSummaryKind implements JobKind<SessionSummaryPayload, SessionSummary> {
  readonly name = 'session-summary';
  readonly payload = SessionSummaryPayload;
  readonly attemptTimeoutMs = 1_800_000;

  constructor(private readonly rpc: RpcClient) {}

  needs(): readonly Role[] {
    return ['sessions'];
  }

  async handle({ sessionId, userId, to }: SessionSummaryPayload, context: JobContext): Promise<SessionSummary> {
    const { tenant, caller, signal, traceparent } = context;
    const asker = caller.reach === 'own' || userId === undefined ? caller.userId : userId;
    const request = {
      ...{ tenant, sessionId },
      ...(asker !== undefined && { userId: asker }),
      ...(caller.reach !== undefined && { reach: caller.reach }),
      ...(to !== undefined && { to }),
    };
    for (;;) {
      const reply = await this.rpc.call(summariseSession, request, { tenant, signal, traceparent });
      if (reply.state === 'absent') throw new PermanentFailure('There is no such session.', 'session_not_found');
      if (reply.state === 'busy') throw new RetryAfter(busyMs, 'The session is being summarised already.');
      if (reply.state === 'summarised') return { to: reply.to, messages: reply.messages, text: reply.text };
      context.progress({ done: reply.to, total: reply.wanted });
    }
  }
}
