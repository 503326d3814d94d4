import { Injectable } from '@nestjs/common';
import { submitJobs, type JobStatus, type WarmCachePayload } from '#contracts';
import { RpcClient } from '#redis-streams';
import { sessionAsker, type Principal } from '#service';

export interface WarmingJob {
  readonly id: string;
  readonly status: JobStatus;
}

/** Has the worker ask prompts, so that their answers are there when somebody asks. */
@Injectable()
export class WarmingService {
  constructor(private readonly rpc: RpcClient) {}

  /** @throws ServiceError what the worker says against it, or that it cannot be reached. */
  async begin(principal: Principal, payload: WarmCachePayload): Promise<WarmingJob> {
    const { tenant, keyId } = principal;
    const order = { kind: 'cache-warm', payload, keyId, ...sessionAsker(principal, undefined) };
    const { jobs } = await this.rpc.call(submitJobs, { tenant, jobs: [order] }, { tenant });
    const { id, status } = jobs[0]!;
    return { id, status };
  }
}
