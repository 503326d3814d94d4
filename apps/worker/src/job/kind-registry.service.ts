import { Inject, Injectable } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { ServiceError } from '#contracts';
import { knownMembers, surelyValid } from '#redis-streams';
import { describeFaults } from '#service';
import { jobKinds, type JobKind, type RetryPolicy } from './job-kind.js';
import { defaultRetry } from './settle.js';

/** A kind with everything settled that it left open. */
export interface SettledKind {
  readonly name: string;
  readonly kind: JobKind;
  readonly queue: string;
  readonly retry: RetryPolicy;
  readonly attemptTimeoutMs: number;
  readonly resultTtlMs: number;
}

/** Stands in for a kind that this process does not know, while the job waits for one that does. */
export const unknownKind: SettledKind = settleKind({
  name: 'unknown',
  payload: Object,
  handle: () => Promise.reject(new Error('unknown')),
});

/** Every kind of job that this process can run. */
@Injectable()
export class KindRegistry {
  private readonly kinds: ReadonlyMap<string, SettledKind>;

  constructor(@Inject(jobKinds) kinds: readonly JobKind[]) {
    this.kinds = new Map(kinds.map((kind) => [kind.name, settleKind(kind)]));
  }

  get names(): string[] {
    return [...this.kinds.keys()].sort();
  }

  /** The queues that kinds go to unless told, the default one among them. */
  get queues(): string[] {
    return [...new Set(['default', ...[...this.kinds.values()].map(({ queue }) => queue)])].sort();
  }

  find(name: string): SettledKind | undefined {
    return this.kinds.get(name);
  }

  /** The kind of an order, its payload checked. Throws `invalid_request` that names every fault, below `path` (`jobs.1.`). */
  check(name: string, payload: object, path = ''): SettledKind {
    const param = `${path}payload`;
    const settled = this.kinds.get(name);
    if (!settled) {
      const message = `There is no job of this kind; there are: ${this.names.join(', ')}`;
      throw new ServiceError('invalid_request', message, { param: `${path}kind`, reason: 'unknown_job_kind' });
    }
    const faults = faultsOf(settled.kind, payload, param);
    const [first] = faults;
    if (first !== undefined) throw new ServiceError('invalid_request', first, { param, faults });
    return settled;
  }
}

/** The payload as an instance of its class, as handlers get it. class-transformer is for those that have members of members. */
export function readPayload(kind: JobKind, payload: object): object {
  const isFlat = Object.values(payload).every((value) => typeof value !== 'object');
  return isFlat ? Object.assign(new kind.payload(), payload) : plainToInstance(kind.payload, payload);
}

function faultsOf(kind: JobKind, payload: object, param: string): string[] {
  try {
    const read = readPayload(kind, payload);
    if (surelyValid(kind.payload, read)) {
      const known = knownMembers(kind.payload);
      if (Object.keys(payload).every((member) => known.has(member))) return [];
    }
    const errors = validateSync(read, {
      whitelist: true,
      forbidNonWhitelisted: true,
      forbidUnknownValues: false,
      validationError: { target: false, value: false },
    });
    return describeFaults(errors, param).map(({ fault }) => fault);
  } catch (error) {
    if (error instanceof RangeError) return [`${param} is nested too deeply`];
    throw error;
  }
}

function settleKind(kind: JobKind): SettledKind {
  return {
    name: kind.name,
    kind,
    queue: kind.queue ?? 'default',
    retry: { ...defaultRetry, ...kind.retry },
    attemptTimeoutMs: kind.attemptTimeoutMs ?? 600_000,
    resultTtlMs: (kind.resultTtlSeconds ?? 86_400) * 1_000,
  };
}
