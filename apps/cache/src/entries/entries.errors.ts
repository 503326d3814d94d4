import { ServiceError, type MissReason } from '#contracts';

const searchFaults = ['embedder-unavailable', 'embedder-late', 'index-loading', 'index-unavailable'] as const;

/** Why a search by meaning has no answer at all, rather than none that fits. */
export type SearchFault = (typeof searchFaults)[number];

export function isSearchFault(reason: MissReason): reason is SearchFault {
  return (searchFaults as readonly string[]).includes(reason);
}

const texts: Readonly<Record<SearchFault, readonly [text: string, reason: string]>> = {
  'embedder-unavailable': ['The embedder does not answer.', 'embeddings_unavailable'],
  'embedder-late': ['The embedder took too long.', 'embeddings_too_many_requests'],
  'index-loading': ['The vector index is still loading.', 'index_not_found'],
  'index-unavailable': ['The vector index does not answer.', 'database_unavailable'],
};

/** What LangCache's paths say then: 424, with the type that its clients know. */
export function searchFault(fault: SearchFault): ServiceError {
  const [text, reason] = texts[fault];
  return new ServiceError('failed_dependency', text, { reason });
}

/** A Redis that does not answer is a fault of what is behind the cache; a full one is told apart. */
export async function orFailedDependency<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code !== 'unavailable') throw error;
    const isFull = saysFull(error.cause);
    const [text, reason] = isFull
      ? ['The Redis of the cache is full.', 'database_out_of_memory']
      : [error.message, 'database_unavailable'];
    throw new ServiceError('failed_dependency', text, { reason }, { cause: error });
  }
}

/** A transaction that was given up tells why in the faults of its commands. */
function saysFull(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  const { previousErrors } = cause as { previousErrors?: unknown };
  const causes = Array.isArray(previousErrors) ? previousErrors : [];
  return cause.message.startsWith('OOM') || causes.some(saysFull) || saysFull(cause.cause);
}
