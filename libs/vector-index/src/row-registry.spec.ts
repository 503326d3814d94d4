import { describe, expect, it } from '@jest/globals';
import { RowRegistry } from './row-registry.js';

describe('the registry of rows', () => {
  it('agrees with a map under many additions and removals in any order', () => {
    const registry = new RowRegistry<string>();
    const expected = new Map<string, number>();
    let seed = 11;
    const below = (end: number) => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff;
      return (seed >>> 8) % end;
    };
    for (let i = 0; i < 40_000; i++) {
      const id = `default:cache:${below(5_000)}`;
      if (expected.has(id)) {
        registry.remove(id);
        expected.delete(id);
      } else {
        expected.set(id, registry.add(id, 'home', []));
      }
    }
    expect(registry.size).toBe(expected.size);
    for (let n = 0; n < 5_000; n++) {
      const id = `default:cache:${n}`;
      expect(registry.keyOf(id)).toBe(expected.get(id));
    }
    expect(new Set(expected.values()).size).toBe(expected.size);
    expected.forEach((key, id) => expect([registry.idOf(key), registry.homeOf(key)]).toEqual([id, 'home']));
  });

  it('uses the number of a removed row again', () => {
    const registry = new RowRegistry<string>();
    const key = registry.add('a', 'home', ['x']);
    registry.remove('a');
    registry.remove('a');
    expect(registry.add('b', 'home', [])).toBe(key);
    expect(registry.hasLabels(key, ['x'])).toBe(false);
    expect(registry.keyOf('a')).toBeUndefined();
  });
});
