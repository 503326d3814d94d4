import { describe, expect, it } from '@jest/globals';
import { boundaryDigest, defineIndexSchema, labelDigests } from './index-schema.js';
import { createArguments, readKeys, searchArguments } from './redisearch-commands.js';

const definition = {
  name: 'answers',
  version: 1,
  prefix: 'larder:entry:',
  boundaries: ['tenant', 'cache', 'generation', 'frame'],
  vector: { embedder: 'lexical-1-512', dimension: 512 },
};
const schema = defineIndexSchema(definition);

describe('an index schema', () => {
  it('makes these arguments of FT.CREATE', () => {
    expect(schema.versionName).toMatch(/^v1-[0-9a-f]{12}$/);
    expect(
      createArguments(schema, `larder:index:${schema.indexName}:${schema.versionName}`).join(' '),
    ).toMatchSnapshot();
  });

  it('makes these arguments of FT.SEARCH', () => {
    const query = { boundary: 'b0', labels: ['11', '22'], vector: Buffer.from('bytes'), limit: 5 };
    expect(searchArguments(schema, 'larder:index:answers', query).map(String).join(' ')).toMatchSnapshot();
  });

  it('has another fingerprint with every change, and the same one in another order of boundaries', () => {
    const changed = [
      { version: 2 },
      { name: 'other' },
      { prefix: 'other:entry:' },
      { boundaries: ['tenant'] },
      { vector: { embedder: 'lexical-2-512', dimension: 512 } },
      { vector: { embedder: 'lexical-1-512', dimension: 384 } },
      { vector: { embedder: 'lexical-1-512', dimension: 512, type: 'int8' as const } },
    ].map((change) => defineIndexSchema({ ...definition, ...change }).fingerprint);
    expect(new Set([...changed, schema.fingerprint]).size).toBe(8);
    const reordered = { ...definition, boundaries: [...definition.boundaries].reverse() };
    expect(defineIndexSchema(reordered).fingerprint).toBe(schema.fingerprint);
  });

  it('keeps vectors of another embedder, dimension or type in another field', () => {
    const fields = [
      { embedder: 'x', dimension: 512 },
      { embedder: 'lexical-1-512', dimension: 8 },
      { embedder: 'lexical-1-512', dimension: 512, type: 'int8' as const },
    ].map((vector) => defineIndexSchema({ ...definition, vector }).vectorField);
    expect(new Set([...fields, schema.vectorField]).size).toBe(4);
  });

  it.each([
    { name: 'a:b' },
    { prefix: 'entry' },
    { boundaries: ['a', 'a'] },
    { vector: { embedder: 'e', dimension: 0 } },
  ])('refuses %j', (change) => expect(() => defineIndexSchema({ ...definition, ...change })).toThrow(RangeError));
});

describe('digests', () => {
  it('tell an absent value from every text, and values from their names', () => {
    const digests = [
      {},
      { tenant: '' },
      { tenant: 'none' },
      { tenant: 'null' },
      { tenant: 'cache' },
      { cache: 'tenant' },
      { tenant: 'a', cache: 'b' },
      { tenant: 'a","cache":"b' },
    ].map((values) => boundaryDigest(schema, values));
    expect(new Set(digests).size).toBe(digests.length);
    expect(boundaryDigest(schema, { cache: 'b', tenant: 'a' })).toBe(digests[6]);
  });

  it('refuse a boundary that the schema does not know, which would silently not count', () => {
    expect(() => boundaryDigest(schema, { tenent: 'a' })).toThrow(/no boundary "tenent"/);
  });

  it('are plain hex, whatever the text', () => {
    expect(boundaryDigest(schema, { tenant: ',.<>{}[]"\':;!@#$%^&*()-+=~/\\|? ' })).toMatch(/^[0-9a-f]{32}$/);
    expect(labelDigests({ 'a,b': '*' })).toEqual([expect.stringMatching(/^[0-9a-f]{16}$/)]);
  });
});

describe('answers of FT.SEARCH', () => {
  it('are read as a list and as a map', () => {
    expect(readKeys([2, 'k1', 'k2'])).toEqual(['k1', 'k2']);
    expect(readKeys([0])).toEqual([]);
    expect(readKeys(new Map([['results', [new Map([['id', 'k1']])]]]))).toEqual(['k1']);
    expect(readKeys(['attributes', [], 'results', [['id', 'k1', 'values', []]]])).toEqual(['k1']);
    expect(readKeys({ results: [] })).toEqual([]);
  });
});
