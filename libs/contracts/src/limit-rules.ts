import { ValidateBy, type ValidationArguments } from 'class-validator';

/** Of a limit, what its members are held against. */
interface Limit {
  readonly algorithm: string;
  readonly capacity: number;
  readonly burst?: number;
}

/** What a member may not be beside the others: a sentence behind the member's name, or nothing. */
type Objection<Message> = (value: unknown, message: Message) => string | undefined;

/** A rule over several members of a message; its fault is listed with all others. */
function Unless<Message>(name: string, objection: Objection<Message>): PropertyDecorator {
  return ValidateBy({
    name,
    validator: {
      validate: (value, found) => objection(value, found?.object as Message) === undefined,
      defaultMessage: (found?: ValidationArguments) =>
        `$property ${objection(found?.value, found?.object as Message) ?? ''}`,
    },
  });
}

/** Whether a member is there, or must be: what the wrong algorithm has is refused, what the right one lacks as well. */
export const belongsTo =
  (...algorithms: readonly string[]) =>
  ({ algorithm }: Limit, value: unknown): boolean =>
    algorithms.includes(algorithm) || (value !== undefined && value !== null);

export const OnlyOf = (...algorithms: readonly string[]) =>
  Unless<Limit>('onlyOf', (_, { algorithm }) =>
    algorithms.includes(algorithm) ? undefined : `belongs to ${algorithms.join(', ')} only`,
  );

export const IsLimitName = () =>
  Unless('isLimitName', (name) => (name === blockName ? 'must not be "block", which names blocks' : undefined));

/** What a refusal by a block names in place of a limit. */
export const blockName = 'block';

export const FitsScope = () =>
  Unless('fitsScope', (scope) =>
    Array.isArray(scope) && scope.includes('global') && scope.includes('tenant')
      ? 'must not hold both global and tenant'
      : undefined,
  );

export const FitsAlgorithm = () =>
  Unless<Limit>('fitsAlgorithm', (unit, { algorithm }) =>
    algorithm === 'concurrency' && unit !== 'requests' ? 'must be requests where algorithm is concurrency' : undefined,
  );

export const IsTimeZone = () =>
  Unless('isTimeZone', (zone) => (isTimeZone(zone) ? undefined : 'must be an IANA time zone, such as Europe/Berlin'));

function isTimeZone(zone: unknown): boolean {
  try {
    return typeof zone === 'string' && new Intl.DateTimeFormat('en', { timeZone: zone }) !== undefined;
  } catch {
    return false;
  }
}

const mostWeights = 100;
const largestWeight = 1_000;

/** Factors have up to three decimals; none may make a single request, or a single token, dearer than the limit is wide. */
export const AreWeights = () =>
  Unless<Limit>('areWeights', (weights, limit) => {
    const entries = Object.entries((weights ?? {}) as Record<string, unknown>);
    if (entries.length > mostWeights) return `must have at most ${mostWeights} members`;
    if (entries.some(([glob]) => glob.length === 0 || glob.length > 256)) {
      return 'must be named by globs of 1 to 256 characters';
    }
    if (!entries.every(([, factor]) => isWeight(factor))) {
      return `must be numbers from 0 to ${largestWeight} with up to three decimals`;
    }
    const room = widthOf(limit);
    const tooDear = entries.some(([, factor]) => Math.ceil(factor as number) > room);
    return tooDear ? 'must not make one unit cost more than the capacity (of a token-bucket, the burst)' : undefined;
  });

function isWeight(factor: unknown): boolean {
  if (typeof factor !== 'number' || !(factor >= 0 && factor <= largestWeight)) return false;
  return Math.abs(factor * 1_000 - Math.round(factor * 1_000)) < 1e-6;
}

/** The largest cost that ever fits; infinite while the members that say so have faults of their own. */
function widthOf({ algorithm, capacity, burst }: Limit): number {
  const width: unknown = algorithm === 'token-bucket' ? (burst ?? capacity) : capacity;
  return typeof width === 'number' && width >= 1 ? width : Infinity;
}

/** At most so many values of `custom` scopes, each a text. */
export const AreDescriptors = () =>
  Unless('areDescriptors', (custom) => {
    const entries = Object.entries((custom ?? {}) as Record<string, unknown>);
    const fits = ([name, value]: [string, unknown]) =>
      /^[A-Za-z0-9_-]{1,64}$/.test(name) && typeof value === 'string' && value.length <= 256;
    return entries.length <= 16 && entries.every(fits)
      ? undefined
      : 'must be at most 16 texts of up to 256 characters, by names of letters, digits, "_" and "-"';
  });

/** A user or a key is a tenant's, and never both. */
export const NeedsTenant = () =>
  Unless<{ tenant?: string; key?: string; user?: string }>('needsTenant', (_, { tenant }) =>
    tenant === undefined || tenant === null ? 'needs tenant' : undefined,
  );

export const NotBesideKey = () =>
  Unless<{ key?: string }>('notBesideKey', (_, { key }) =>
    key === undefined || key === null ? undefined : 'must not stand beside key',
  );
