import { HttpException } from '@nestjs/common';
import { errorCodes, ServiceError, type ErrorCode, type WireError } from '#contracts';
import type { TransportLog } from './transport-log.js';

const codeByStatus = new Map(Object.entries(errorCodes).map(([code, status]) => [status as number, code as ErrorCode]));

/** What the caller may know of a handler's fault. Anything unforeseen is logged here, once, and crosses without its message. */
export function faultToWire(fault: unknown, topic: string, log: TransportLog): WireError {
  if (fault instanceof ServiceError) return fault.toWire();
  if (fault instanceof HttpException && fault.getStatus() < 500) {
    const code = codeByStatus.get(fault.getStatus()) ?? 'invalid_request';
    return { code, message: fault.message };
  }
  log.error(`The handler of ${topic} failed`, fault);
  return { code: 'internal', message: 'Internal error' };
}
