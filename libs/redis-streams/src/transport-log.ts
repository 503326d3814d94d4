import { Logger } from '@nestjs/common';

const logger = new Logger('Transport');

/** The few lines that the transport writes: transitions and unforeseen faults, never payloads. */
export const transportLog = {
  info: (message: string): void => logger.log(message),
  warn: (message: string): void => logger.warn(message),
  error: (message: string, fault: unknown): void => logger.error(`${message}: ${describe(fault)}`),
};

export type TransportLog = typeof transportLog;

/** Faults of the program itself; what others say may quote a prompt (a SyntaxError of JSON.parse does). */
const ownFaults = new Set(['TypeError', 'RangeError', 'ReferenceError']);

/** Kind and place of a fault; its message only where it surely quotes no data. */
function describe(fault: unknown): string {
  if (!(fault instanceof Error)) return `not an Error but ${typeof fault}`;
  const place = fault.stack?.slice(fault.stack.search(/\n\s+at /)) ?? '';
  return `${fault.name}${ownFaults.has(fault.name) ? `: ${fault.message}` : ''}${place}`;
}
