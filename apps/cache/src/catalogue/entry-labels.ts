import { createHash } from 'node:crypto';
import { ServiceError, type InvalidateRequest } from '#contracts';

/** What an entry can be found by again. */
export interface LabelledEntry {
  /** Empty for entries that no model has written. */
  readonly model: string;
  /** The API key that wrote it. */
  readonly writer?: string | undefined;
  readonly userId?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly attributes?: Readonly<Record<string, string>> | undefined;
  /** `prompt` for what an application has stored itself; `chat` unless told. */
  readonly kind?: 'chat' | 'prompt';
}

/**
 * The labels of an entry, each a digest of its kind and value: 128 bits of SHA-256 in hexadecimal. Nothing that a user has typed
 * enters a key, and values of different kinds never meet.
 */
export function entryLabels({ model, writer, userId, tags = [], attributes = {}, kind }: LabelledEntry): string[] {
  return [
    ...new Set([
      ...(model ? [label('model', model)] : []),
      ...(writer ? [label('writer', writer)] : []),
      ...(userId ? [userLabel(userId)] : []),
      ...(kind === 'prompt' ? [promptLabel] : []),
      ...tags.map((tag) => label('tag', tag)),
      ...attributeLabels(attributes),
    ]),
  ];
}

/** Carried by what applications have stored themselves, and by no answer to a chat. */
export const promptLabel = label('kind', 'prompt');

/** Carried by the answers that a user's questions have brought. */
export function userLabel(userId: string): string {
  return label('user', userId);
}

const selectors = ['tag', 'attributes', 'model', 'writer'] as const;

/**
 * The labels that an entry must carry all of to be invalidated.
 * @throws ServiceError invalid_request unless exactly one member selects, and selects something
 */
export function selectedLabels({ tag, attributes, model, writer }: InvalidateRequest): string[] {
  const given = { tag, attributes, model, writer };
  const [selector, second] = selectors.filter((name) => given[name] !== undefined && given[name] !== null);
  if (!selector || second) throw notOne(second ?? 'tag');
  const labels = attributes ? attributeLabels(attributes) : [label(selector, (tag ?? model ?? writer)!)];
  // No attribute at all would be every entry: that is what a flush is for.
  if (labels.length > 0) return labels;
  throw new ServiceError('invalid_request', 'attributes must name at least one', { param: 'attributes' });
}

function notOne(param: string): ServiceError {
  return new ServiceError('invalid_request', `Exactly one of ${selectors.join(', ')} must be given`, { param });
}

function attributeLabels(attributes: Readonly<Record<string, string>>): string[] {
  return Object.entries(attributes).map(([name, value]) => label('attribute', name, value));
}

function label(...kindAndValue: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(kindAndValue)).digest('hex').slice(0, 32);
}
