import { createHash } from 'node:crypto';

/** A name that is fit for a key and different wherever the vectors could be. */
export function embedderId(kind: string, model: string, dimension: number, ...decisive: readonly unknown[]): string {
  const readable = model.replace(/[^A-Za-z0-9.-]+/g, '-').slice(-48);
  const hash = createHash('sha256')
    .update(JSON.stringify([model, ...decisive]))
    .digest('hex');
  return `${kind}-${readable}-${dimension}-${hash.slice(0, 8)}`;
}
