import { ValidationPipe, type ArgumentMetadata } from '@nestjs/common';
import { ServiceError } from '#contracts';
import { describeFaults } from './describe-faults.js';

/** class-transformer copies whatever it is given, member by member: a stream's socket among them ends the process. */
class PlainValuesPipe extends ValidationPipe {
  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type === 'body' && value !== undefined && !isPlain(value)) {
      throw new ServiceError('invalid_request', 'The body must be an object');
    }
    try {
      const transformed = (await super.transform(value, metadata)) as unknown;
      dropNulls(transformed);
      return transformed;
    } catch (error) {
      // Its copying is recursive: JSON can be nested deeper than the stack is.
      if (error instanceof RangeError) throw new ServiceError('invalid_request', 'The body is nested too deeply');
      throw error;
    }
  }
}

/**
 * Null says "not given", as in OpenAI's API: optional members of DTO classes lose it, so that no service takes it for a value.
 * (`@IsOptional()` lets it through.) Objects of free form keep theirs.
 */
function dropNulls(value: unknown): void {
  if (Array.isArray(value)) return value.forEach(dropNulls);
  if (typeof value !== 'object' || value === null || isPlain(value)) return;
  for (const [name, member] of Object.entries(value)) {
    if (member === null) Reflect.deleteProperty(value, name);
    else dropNulls(member);
  }
}

function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** For DTO classes: `@Body(validation) body: CreateKeyRequest`. Unknown members are refused; every fault is listed. */
export const validation = new PlainValuesPipe({
  whitelist: true,
  forbidNonWhitelisted: true,
  transform: true,
  validationError: { target: false, value: false },
  exceptionFactory: (errors) => {
    const faults = describeFaults(errors);
    const [first] = faults;
    return new ServiceError('invalid_request', first?.fault ?? 'The request is not valid', {
      faults: faults.map(({ fault }) => fault),
      ...(first && { param: first.path }),
    });
  },
});
