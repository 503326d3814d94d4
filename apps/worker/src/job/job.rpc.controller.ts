import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
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
import { RpcHandler } from '#redis-streams';
import { JobsService } from './jobs.service.js';

/** Jobs as other services ask for them. */
@ApiExcludeController()
@Controller()
export class JobRpcController {
  constructor(private readonly jobs: JobsService) {}

  @RpcHandler(submitJobs)
  async submitJobs(@Payload() { tenant, jobs }: SubmitJobsRequest): Promise<{ jobs: SubmittedJob[] }> {
    return { jobs: await this.jobs.submit(tenant, jobs) };
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
