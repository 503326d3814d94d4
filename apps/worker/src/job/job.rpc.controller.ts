import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { ApiExcludeController } from '@nestjs/swagger';
import {
  cancelJob,
  JobAddress,
  readJob,
  submitJobs,
  SubmitJobsRequest,
  type JobView,
  type SubmittedJob,
} from '#contracts';
import { RpcContext, RpcHandler } from '#redis-streams';
import { JobsService } from './jobs.service.js';

/** Jobs as other services ask for them. */
@ApiExcludeController()
@Controller()
export class JobRpcController {
  constructor(private readonly jobs: JobsService) {}

  @RpcHandler(submitJobs)
  async submitJobs(
    @Payload() { tenant, jobs }: SubmitJobsRequest,
    @Ctx() { traceparent }: RpcContext,
  ): Promise<{ jobs: SubmittedJob[] }> {
    const orders = traceparent === undefined ? jobs : jobs.map((order) => ({ traceparent, ...order }));
    return { jobs: await this.jobs.submit(tenant, orders) };
  }

  @RpcHandler(readJob)
  async readJob(@Payload() { tenant, id }: JobAddress): Promise<{ job: JobView | null }> {
    return { job: await this.jobs.read(tenant, id) };
  }

  @RpcHandler(cancelJob)
  cancelJob(@Payload() { tenant, id }: JobAddress): Promise<{ cancelled: boolean; job: JobView | null }> {
    return this.jobs.cancel(tenant, id);
  }
}
