import { validateSync, type ValidationError } from 'class-validator';
import { ServiceError, type MessageClass } from '#contracts';
import { nestedMembers, surelyValid } from './compiled-rules.js';

// These would reach class-validator's choice of rules instead of being data.
const reservedMembers = ['__proto__', 'constructor'];

/**
 * Gives the payload the contract's class and checks its rules, without class-transformer: members are taken as they came, but
 * for nested messages, which get their own class.
 * Throws ServiceError `invalid_request` with every fault; no fault names a value.
 */
export function validatePayload<T extends object>(type: MessageClass<T>, payload: unknown): T {
  if (!isRecord(payload)) throw new ServiceError('invalid_request', 'The payload is not an object');
  const message = toMessage(type, payload);
  if (surelyValid(type, message)) return message;
  const errors = validateSync(message, { forbidUnknownValues: false });
  if (errors.length > 0) throw invalid(errors);
  return message;
}

function toMessage<T extends object>(type: MessageClass<T>, payload: object): T {
  for (const name of reservedMembers) {
    if (Object.hasOwn(payload, name)) throw new ServiceError('invalid_request', 'The payload has a reserved member');
  }
  const message = Object.assign(new type(), payload);
  for (const { property, type: inner } of nestedMembers(type)) {
    const value: unknown = Reflect.get(message, property);
    if (typeof value !== 'object') continue;
    const one = (item: unknown): unknown => (isRecord(item) ? toMessage(inner, item) : item);
    Reflect.set(message, property, Array.isArray(value) ? value.map(one) : one(value));
  }
  return message;
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(errors: ValidationError[]): ServiceError {
  const faults = errors.flatMap((error) => faultsOf(error, ''));
  const param = errors[0]?.property;
  return new ServiceError('invalid_request', faults[0] ?? 'The payload is invalid', { param, faults });
}

function faultsOf(error: ValidationError, parent: string): string[] {
  const own = Object.values(error.constraints ?? {}).map((text) => parent + text);
  return [...own, ...(error.children ?? []).flatMap((child) => faultsOf(child, `${parent}${error.property}.`))];
}
