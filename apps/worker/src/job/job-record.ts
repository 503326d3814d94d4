import type { CallerOfService, JobPriority, JobStatus, JobView, ListedJob } from '#contracts';

/** What is asked, as it is kept. Times are epoch milliseconds. */
export interface JobSpec {
  readonly id: string;
  readonly tenant: string;
  readonly kind: string;
  readonly queue: string;
  readonly priority: JobPriority;
  readonly createdAt: number;
  readonly payload: object;
  readonly traceparent: string;
  /** Digest of the deduplication key. */
  readonly dedup?: string;
  readonly startBy?: number;
  readonly endBy?: number;
  readonly attemptTimeoutMs?: number;
  readonly webhook?: string;
  readonly userId?: string;
  readonly keyId?: string;
  readonly reach?: CallerOfService['reach'];
}

export interface KeptNote {
  readonly attempt: number;
  readonly at: number;
  readonly code: string;
  readonly message: string;
}

/** What became of a job so far; `tend-queue.lua` counts lost workers in it. */
export interface JobState {
  readonly attempts: number;
  /** How many workers went away while they ran it. */
  readonly lost?: number;
  readonly history?: readonly KeptNote[];
  readonly status?: 'succeeded' | 'failed' | 'dead' | 'cancelled';
  readonly endedAt?: number;
  readonly result?: unknown;
  /** What the last attempt reported before it ended. */
  readonly progress?: unknown;
  readonly error?: { readonly code: string; readonly message: string };
  /** Replayed from the dead letters: its deadlines are over and count no more. */
  readonly revived?: boolean;
  /** Of an ended job, of which nothing else is kept. */
  readonly asked?: Omit<JobSpec, 'payload'>;
}

export const mostNotes = 10;
/** Bytes of JSON. */
export const maxPayloadBytes = 4 * 1024 * 1024;
export const maxResultBytes = 1024 * 1024;
export const maxProgressBytes = 64 * 1024;

export const priorityNumbers: Readonly<Record<JobPriority, 1 | 2 | 3>> = { high: 1, normal: 2, low: 3 };

/**
 * Three lines: the digest of its deduplication key, where scripts find it without reading JSON; what lists show; and the payload,
 * which may be large.
 */
export function encodeSpec(spec: JobSpec): string {
  const { payload, ...head } = spec;
  return `${spec.dedup ?? '-'}\n${JSON.stringify(head)}\n${JSON.stringify(payload)}`;
}

export function decodeSpec(text: string): JobSpec {
  const head = text.indexOf('\n') + 1;
  const payload = text.indexOf('\n', head) + 1;
  const spec = JSON.parse(text.slice(head, payload)) as Omit<JobSpec, 'payload'>;
  return { ...spec, payload: JSON.parse(text.slice(payload)) as object };
}

/** The status comes first, and what lists do not show comes last: `list-jobs.lua` cuts it off. */
export function encodeState(state: JobState): string {
  const { status, history = [], progress, result, ...more } = state;
  return JSON.stringify({ status, ...more, history, progress, result });
}

/** Lua writes an empty list as an empty object. */
export function decodeState(text: string | null | undefined): JobState {
  if (!text) return { attempts: 0 };
  const state = JSON.parse(text) as JobState;
  return Array.isArray(state.history) ? state : { ...state, history: [] };
}

/** What is kept of a job that has ended: who asked for what kind, without the payload. */
export function summaryOf({ payload: _, ...asked }: JobSpec): Omit<JobSpec, 'payload'> {
  return asked;
}

export interface StoredJob {
  readonly asked: Omit<JobSpec, 'payload'>;
  readonly state: JobState;
  readonly progress: unknown;
  readonly where: 'waiting' | 'delayed' | 'active' | 'ended';
}

const iso = (time: number) => new Date(time).toISOString();

export function viewOf({ asked, state, progress, where }: StoredJob): JobView {
  const status: JobStatus = state.status ?? (where === 'ended' ? 'waiting' : where);
  return {
    ...listedView({ asked, state, progress, status }),
    result: state.result ?? null,
    history: (state.history ?? []).map((note) => ({ ...note, at: iso(note.at) })),
  };
}

export interface StoredListedJob extends Omit<StoredJob, 'where'> {
  readonly status: JobStatus;
}

export function listedView({ asked, state, progress, status }: StoredListedJob): ListedJob {
  return {
    id: asked.id,
    kind: asked.kind,
    queue: asked.queue,
    status,
    priority: asked.priority,
    attempts: state.attempts + (status === 'active' ? 1 : 0),
    progress: progress ?? state.progress ?? null,
    error: state.error ?? null,
    traceId: asked.traceparent.split('-')[1]!,
    createdAt: iso(asked.createdAt),
    endedAt: state.status !== undefined && state.endedAt !== undefined ? iso(state.endedAt) : null,
  };
}
