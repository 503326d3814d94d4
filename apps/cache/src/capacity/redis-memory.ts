/**
 * What Redis 7 allocates for a key, from its sources (sds.h, object.c, dict.h) and jemalloc's size classes; the numbers
 * of capacity.int-spec.ts say how near it is. Later servers take a few bytes less a key. All in bytes.
 */

const pointer = 8;
const dictEntry = 24;
const dict = 56;
const object = 16;
/** A table has between one and two slots for each key that it holds; in the middle. */
const slotsPerKey = 1.5;
const longestEmbedded = 44;

/** jemalloc's size class: multiples of 16 up to 128, then four classes for each doubling. */
function allocated(bytes: number): number {
  if (bytes <= 8) return 8;
  if (bytes <= 128) return 16 * Math.ceil(bytes / 16);
  const step = 2 ** (Math.ceil(Math.log2(bytes)) - 3);
  return step * Math.ceil(bytes / step);
}

/** A simple dynamic string: its header grows with its length, and a zero ends it. */
function text(length: number): number {
  const header = length < 32 ? 1 : length < 256 ? 3 : length < 65_536 ? 5 : 9;
  return allocated(header + length + 1);
}

/** A key with a time to live: its name, an entry in the table of keys and one in that of expiries. */
function expiringKey(nameLength: number): number {
  return text(nameLength) + 2 * (allocated(dictEntry) + slotsPerKey * pointer);
}

/** A string value. */
export function stringBytes(nameLength: number, valueLength: number): number {
  const isEmbedded = valueLength <= longestEmbedded;
  const value = isEmbedded ? allocated(object + 3 + valueLength + 1) : allocated(object) + text(valueLength);
  return expiringKey(nameLength) + value;
}

/** A hash with at least one value too long for the compact form, by the lengths of its fields' names and values. */
export function hashBytes(nameLength: number, fields: readonly (readonly [name: number, value: number])[]): number {
  const slots = 2 ** Math.ceil(Math.log2(Math.max(4, fields.length)));
  const held = fields.map(([name, value]) => allocated(dictEntry) + text(name) + text(value));
  const table = allocated(object) + allocated(dict) + allocated(slots * pointer);
  return expiringKey(nameLength) + table + held.reduce((sum, bytes) => sum + bytes, 0);
}

/** One member of a large sorted set, such as an id in a list of entries; a node has 4 ⁄ 3 levels on average. */
export function sortedSetMemberBytes(length: number): number {
  const level = 16;
  const node = 3 * pointer + level;
  const averageNode = (3 * allocated(node) + allocated(node + level)) / 4;
  return text(length) + averageNode + allocated(dictEntry) + slotsPerKey * pointer;
}
