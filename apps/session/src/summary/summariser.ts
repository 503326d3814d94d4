export interface SummaryTask {
  readonly tenant: string;
  /** What was told of everything before; empty at first. */
  readonly previous: string;
  /** What was said since, a line each. */
  readonly transcript: readonly string[];
  /** By the `o200k` vocabulary. */
  readonly maxTokens: number;
}

/** Makes a summary of a conversation so far. */
export abstract class Summariser {
  /** Kept beside each summary. */
  abstract readonly name: string;
  /** @throws ServiceError when no summary can be had now */
  abstract summarise(task: SummaryTask): Promise<string>;
}
