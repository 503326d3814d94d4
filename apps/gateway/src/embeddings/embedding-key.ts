import { hash } from 'node:crypto';
import { ServiceError } from '#contracts';
import { canonicalJson, InexactNumberError, TooDeepError, type JsonObject } from '../completion/canonical-json.js';
import type { EmbeddingInput, EmbeddingsBody } from './embeddings-body.js';

/** Changes when the form of the key or of the stored value does. */
const keyVersion = 1;

/** Members that cannot change a vector; all others are in the key. */
const neutralMembers = new Set(['encoding_format', 'user', 'metadata', 'safety_identifier', 'service_tier', 'store']);

/** Members that OpenAI documents; with any other one, `encoding_format` may mean another thing than float32. */
const documented = new Set(['model', 'dimensions']);

/** What separates vectors beside the body and the text. */
export interface VectorScope {
  readonly tenant: string;
  readonly cacheId: string;
  readonly namespace?: string;
  /** The configured revision of the model. */
  readonly modelRevision?: string;
}

/** SHA-256 (hex) of one text under everything else that changes its vector. */
export type KeyOfInput = (input: EmbeddingInput) => string;

/**
 * The keys of the vectors that one body asks for. The format of the numbers is none of what changes a vector.
 * @throws ServiceError invalid_request for a body nested too deeply
 * @returns undefined when the body holds a number that JSON cannot tell from others: it must bypass the cache.
 */
export function keysOf({ members, format }: EmbeddingsBody, scope: VectorScope): KeyOfInput | undefined {
  const decisive = Object.entries(members).filter(([name]) => !neutralMembers.has(name));
  const isPlain = decisive.every(([name]) => documented.has(name));
  const circumstances: JsonObject = {
    version: keyVersion,
    tenant: scope.tenant,
    cacheId: scope.cacheId,
    namespace: scope.namespace ?? 'none',
    modelRevision: scope.modelRevision ?? 'none',
    format: isPlain ? 'any' : format,
    members: Object.fromEntries(decisive),
  };
  try {
    const digest = hash('sha256', canonicalJson(circumstances));
    // A text begins with a quotation mark and tokens with a bracket: they cannot be taken for each other.
    return (input) => hash('sha256', `${digest}\n${JSON.stringify(input)}`);
  } catch (fault) {
    if (fault instanceof InexactNumberError) return undefined;
    if (fault instanceof TooDeepError) throw new ServiceError('invalid_request', 'The body is nested too deeply.');
    throw fault;
  }
}
