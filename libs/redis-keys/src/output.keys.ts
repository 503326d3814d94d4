import { part } from './key-part.js';

/** Keys of what jobs of many parts bring forth. Role `state`. */
export interface OutputKeys {
  /** The lines of one job by the number of their part; hash, expires. */
  output(tenant: string, jobId: string): string;
}

export function outputKeys(prefix: string): OutputKeys {
  const root = part('prefix', prefix);
  return { output: (tenant, jobId) => `${root}:output:${part('tenant', tenant)}:${part('jobId', jobId)}` };
}
