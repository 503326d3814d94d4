import { newId } from '#service';
import { idInShard, placeInId } from '../queue/queue-shard.js';
import { encodeSpec, viewOf, type JobSpec, type JobState } from './job-record.js';

/** The kind that tells an address of a job's end; its payload is `{ url, type, data }`, where `data` is the job as REST shows it. */
const webhookKind = 'webhook';

/** A job that is added in the same step in which another ends. */
export interface FollowUp {
  readonly id: string;
  readonly spec: string;
}

/** Tells the job's webhook of its end, if it has one: in its own shard, so that both are one step. */
export function followUp(spec: JobSpec, state: JobState): FollowUp | undefined {
  if (spec.webhook === undefined || state.status === undefined) return undefined;
  const { tag, shard } = placeInId(spec.id);
  const id = idInShard(newId(), tag, shard);
  const data = viewOf({ asked: spec, state, progress: null, where: 'ended' });
  const next: JobSpec = {
    id,
    tenant: spec.tenant,
    kind: webhookKind,
    queue: spec.queue,
    priority: 'normal',
    createdAt: Date.now(),
    payload: {
      ...{ url: spec.webhook, type: `job.${state.status}`, data },
      timestamp: new Date(state.endedAt ?? Date.now()).toISOString(),
    },
    traceparent: spec.traceparent,
    // It tells of what the user's job has brought: with the user it goes.
    ...(spec.userId !== undefined && { userId: spec.userId }),
  };
  return { id, spec: encodeSpec(next) };
}
