import { describe, expect, it } from '@jest/globals';
import { ServiceError, summariseSession, type SummariseSessionReply } from '#contracts';
import type { RpcClient } from '#redis-streams';
import { createLog } from '#service';
import { PermanentFailure, RetryAfter, type JobContext } from '../job/job-kind.js';
import { SessionSummaryKind } from './session-summary-kind.js';

/** A session service that answers these, one behind the other. */
function sessions(...replies: (SummariseSessionReply | Error)[]) {
  const asked: object[] = [];
  const call = async (contract: unknown, request: object) => {
    expect(contract).toBe(summariseSession);
    asked.push(request);
    const reply = replies.shift();
    if (reply instanceof Error) throw reply;
    return reply;
  };
  return { asked, kind: new SessionSummaryKind({ call } as unknown as RpcClient) };
}

const reported: object[] = [];
const context = (caller: JobContext['caller'] = {}): JobContext => ({
  jobId: 'a'.repeat(32),
  tenant: 'acme',
  caller,
  attempt: 1,
  idempotencyKey: 'once',
  traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
  submittedAt: 0,
  signal: AbortSignal.timeout(10_000),
  log: createLog('worker', 'silent'),
  lastProgress: undefined,
  progress: (value) => void reported.push(value),
});
const told = { state: 'summarised', to: 80, messages: 79, text: 'They went to Rome.' } as const;

describe('a job that summarises a session', () => {
  it('goes on step by step, tells how far it is, and gives the summary', async () => {
    const { asked, kind } = sessions({ state: 'further', to: 40, wanted: 80 }, told);
    expect(await kind.handle({ sessionId: 's1' }, context())).toEqual({ to: 80, messages: 79, text: told.text });
    expect(asked).toEqual([
      { tenant: 'acme', sessionId: 's1' },
      { tenant: 'acme', sessionId: 's1' },
    ]);
    expect(reported).toEqual([{ done: 40, total: 80 }]);
  });

  it('waits while somebody else is at work on it, and fails for good where there is no session', async () => {
    await expect(sessions({ state: 'busy' }).kind.handle({ sessionId: 's1' }, context())).rejects.toThrow(RetryAfter);
    const absent = sessions({ state: 'absent' }).kind.handle({ sessionId: 's1' }, context());
    await expect(absent).rejects.toThrow(PermanentFailure);
  });

  it('lets a refusal of limits through, for the queue to wait', async () => {
    const refused = new ServiceError('rate_limited', 'Not now', { extension: { retryAfterMs: 700 } });
    await expect(sessions(refused).kind.handle({ sessionId: 's1' }, context())).rejects.toBe(refused);
  });

  it('asks for the user that the payload names, else the job, and for nobody but the user of a pinned key', async () => {
    const userOf = async (caller: JobContext['caller'], userId?: string) => {
      const { asked, kind } = sessions(told);
      await kind.handle({ sessionId: 's1', ...(userId !== undefined && { userId }) }, context(caller));
      return asked[0];
    };
    expect(await userOf({}, 'ann')).toMatchObject({ userId: 'ann' });
    expect(await userOf({ userId: 'bob' })).toMatchObject({ userId: 'bob' });
    expect(await userOf({ userId: 'bob' }, 'ann')).toMatchObject({ userId: 'ann' });
    expect(await userOf({ userId: 'bob', reach: 'own' }, 'ann')).toMatchObject({ userId: 'bob', reach: 'own' });
  });
});
