import type { CallerOfService, JobPriority } from '#contracts';
import type { MissedPolicy } from './cron.js';

/** A schedule as it is kept. */
export interface ScheduleRecord {
  readonly tenant: string;
  readonly name: string;
  readonly kind: string;
  readonly payload: object;
  readonly queue: string;
  readonly priority: JobPriority;
  /** On whose behalf its jobs act. */
  readonly caller?: CallerOfService;
  readonly cron: string;
  readonly timeZone: string;
  readonly missed: MissedPolicy;
  readonly enabled: boolean;
  /** Epoch milliseconds. */
  readonly changedAt: number;
}

export interface FoundSchedule {
  readonly record: ScheduleRecord;
  /** As it was read: a script compares it. */
  readonly text: string;
  /** Epoch milliseconds; undefined while it is disabled. */
  readonly tick: number | undefined;
}
