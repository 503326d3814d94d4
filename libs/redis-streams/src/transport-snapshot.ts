/** `starting` before the first read, `stalled` when a reader has not come round in time, `closed` after close(). */
export type TransportState = 'starting' | 'consuming' | 'stalled' | 'closed';

export interface ServiceStatus {
  readonly stream: string;
  /** Requests that no replica has read yet. */
  readonly backlog: number;
  readonly inFlight: number;
  /** Entries that were no request, or not signed, since the start. */
  readonly refused: number;
}

export interface EventStatus {
  readonly stream: string;
  readonly group: string;
  /** Events not delivered yet to the group. */
  readonly lag: number;
  /** Events delivered and not acknowledged. */
  readonly pending: number;
  readonly inFlight: number;
}

export interface TransportSnapshot {
  readonly status: TransportState;
  /** Calls of this process that wait for a reply. */
  readonly outstanding: number;
  /** Requests that came after their deadline and were not run, since the start. */
  readonly expired: number;
  /** Entries of this process's mailbox that were no replies, or not signed, since the start. */
  readonly refusedReplies: number;
  readonly services: readonly ServiceStatus[];
  readonly events: readonly EventStatus[];
}
