import { describe, expect, it } from '@jest/globals';
import { readEmbeddingsBody } from './embeddings-body.js';
import { keysOf, type VectorScope } from './embedding-key.js';

const scope: VectorScope = { tenant: 'acme', cacheId: 'default' };
const key = (more: object = {}, other: Partial<VectorScope> = {}, text = 'x') =>
  keysOf(readEmbeddingsBody({ model: 'm', input: text, ...more }), { ...scope, ...other })!(text);

describe('the key of a vector', () => {
  it('is a SHA-256, the same for one text and for one among others', () => {
    expect(key()).toMatch(/^[0-9a-f]{64}$/);
    const many = keysOf(readEmbeddingsBody({ model: 'm', input: ['y', 'x'] }), scope)!;
    expect(many('x')).toBe(key());
  });

  it.each([
    ['the user', { user: 'u' }],
    ['the format of the numbers', { encoding_format: 'base64' }],
    ['metadata', { metadata: { a: 1 } }],
    ["Larder's own options", { cache: { ttl: 5 } }],
  ])('does not know %s', (_name, more) => {
    expect(key(more)).toBe(key());
  });

  it.each([
    ['the model', { model: 'n' }, {}],
    ['the dimensions', { dimensions: 3 }, {}],
    ['a member that nobody knows', { input_type: 'query' }, {}],
    ['the tenant', {}, { tenant: 'globex' }],
    ['the cache', {}, { cacheId: 'other' }],
    ['the namespace', {}, { namespace: 'n' }],
    ["the model's revision", {}, { modelRevision: '2' }],
  ])('changes with %s', (_name, more, other) => {
    expect(key(more, other)).not.toBe(key());
  });

  it('knows the format where an unknown member may change what it means', () => {
    const unknown = { output_dtype: 'int8' };
    expect(key({ ...unknown, encoding_format: 'base64' })).not.toBe(key({ ...unknown, encoding_format: 'float' }));
  });

  it('tells tokens from the text that spells them', () => {
    const tokens = keysOf(readEmbeddingsBody({ model: 'm', input: [1, 2] }), scope)!([1, 2]);
    expect(tokens).not.toBe(key({}, {}, '[1,2]'));
  });

  it('is none for numbers that JSON cannot tell apart', () => {
    expect(keysOf(readEmbeddingsBody({ model: 'm', input: 'x', seed: 2 ** 60 }), scope)).toBeUndefined();
  });
});
