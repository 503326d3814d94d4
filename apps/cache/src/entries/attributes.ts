import { attributeNamePattern, maxAttributes, ServiceError } from '#contracts';

const valuePattern = /^[^,]{1,500}$/s;

/** Names and values by which an application tells its entries apart. */
export type Attributes = Readonly<Record<string, string>>;

/** At most 5 attributes, values of 1 to 500 characters without commas. */
export function areAttributes(value: unknown): value is Attributes {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const members = Object.entries(value);
  return (
    members.length <= maxAttributes &&
    members.every(
      ([name, text]) => attributeNamePattern.test(name) && typeof text === 'string' && valuePattern.test(text),
    )
  );
}

/** @throws ServiceError invalid_request for an attribute that the cache does not declare: a typing error would part entries for ever */
export function assertDeclared(attributes: Attributes, declared: readonly string[]): void {
  if (Object.keys(attributes).every((name) => declared.includes(name))) return;
  throw new ServiceError('invalid_request', 'attributes must be declared on the cache', { param: 'attributes' });
}

/** Whether an entry carries all of the attributes asked for; it may carry more. */
export function carries(entry: Attributes, asked: Attributes): boolean {
  return Object.entries(asked).every(([name, value]) => Object.hasOwn(entry, name) && entry[name] === value);
}
