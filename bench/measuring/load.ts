import { runChild } from './child.js';

export interface LoadOptions {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface LoadReport {
  readonly requestsPerSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** Load from a process of its own (autocannon), closed loop, every answer 200 or the run fails. */
export function load(options: LoadOptions): Promise<LoadReport> {
  return runChild<LoadReport>('bench/processes/load-generator.js', [JSON.stringify(options)]);
}
