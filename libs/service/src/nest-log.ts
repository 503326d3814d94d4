import type { LoggerService } from '@nestjs/common';
import type { Log } from './log.js';

/** What Nest itself says, in our log; its report of every route and module is for debugging only. */
export class NestLog implements LoggerService {
  constructor(private readonly target: Log) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.target.debug(String(message), context(rest));
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.target.warn(String(message), context(rest));
  }

  error(message: unknown, ...rest: unknown[]): void {
    // A start that failed is told by whoever started it.
    if (rest.at(-1) === 'ExceptionHandler') return;
    const error = message instanceof Error ? message : undefined;
    this.target.error(error ? 'Nest reports an error' : String(message), { ...context(rest), ...(error && { error }) });
  }
}

/** Nest appends the name of whoever speaks; a stack may stand before it. */
function context(rest: readonly unknown[]): { context?: unknown } {
  const name = rest.at(-1);
  return typeof name === 'string' && !name.includes('\n') ? { context: name } : {};
}
