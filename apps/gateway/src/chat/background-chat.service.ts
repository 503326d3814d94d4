import { Injectable } from '@nestjs/common';
import { ServiceError, submitJobs, type JobOrder, type SubmittedJob } from '#contracts';
import { RpcClient } from '#redis-streams';
import type { Principal } from '#service';
import type { CompletionRequest } from '../completion/completion-request.js';
import { single, type HeaderValues } from '../completion/control-headers.js';
import { reachOf } from '../conversation/session-controls.js';

/** Headers that mean the same to a job's `options`. */
const optionPattern = /^(?:cache-control|x-larder-[a-z-]{1,64})$/;

/** Chat completions as jobs: asked now, answered by the worker, on behalf of the key that asks. */
@Injectable()
export class BackgroundChatService {
  constructor(private readonly rpc: RpcClient) {}

  /**
   * @param asked as it was read for an answer at once, so that its faults are told at once
   * @throws ServiceError invalid_request for what a job cannot do, forbidden without the role `jobs`, what the worker says against it
   */
  async submit(asked: CompletionRequest, principal: Principal, headers: HeaderValues): Promise<SubmittedJob> {
    assertPossible(asked, principal);
    const { tenant } = principal;
    const request = { tenant, jobs: [order(asked, principal, headers)] };
    const { traceparent } = asked;
    const { jobs } = await this.rpc.call(submitJobs, request, {
      tenant,
      ...(traceparent !== undefined && { traceparent }),
    });
    return jobs[0]!;
  }
}

function order(asked: CompletionRequest, principal: Principal, headers: HeaderValues): JobOrder {
  const { stream: _plain, stream_options: _unused, ...body } = asked.body;
  const names = Object.keys(headers).filter((name) => optionPattern.test(name));
  const options = Object.fromEntries(names.map((name) => [name, single(headers, name)!]));
  const reach = reachOf(principal);
  return {
    kind: 'chat',
    payload: { body, options },
    keyId: principal.keyId,
    ...(asked.userId !== undefined && { userId: asked.userId }),
    ...(reach !== undefined && { reach }),
    ...(asked.idempotencyKey !== undefined && { idempotencyKey: asked.idempotencyKey }),
  };
}

function assertPossible({ stream, controls }: CompletionRequest, { roles, upstreamAuthorization }: Principal): void {
  const refuse = (param: string, why: string) => {
    throw new ServiceError('invalid_request', `'Prefer: respond-async' cannot be met: ${why}.`, { param });
  };
  if (stream) refuse('stream', 'a job has no stream');
  if (controls.onlyIfCached) refuse('cache-control', 'only-if-cached is answered at once or not at all');
  if (upstreamAuthorization !== undefined) refuse('prefer', 'your upstream key is kept nowhere, so no job can use it');
  if (roles.includes('jobs') || roles.includes('admin')) return;
  throw new ServiceError('forbidden', 'The API key does not hold the role jobs', { param: 'prefer' });
}
