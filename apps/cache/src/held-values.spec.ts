import { describe, expect, it, jest } from '@jest/globals';
import { HeldValues } from './held-values.js';

function holding(maxEntries = 10) {
  const clock = { ms: 0 };
  return { clock, held: new HeldValues<string>({ maxAgeMs: 1_000, maxEntries, now: () => clock.ms }) };
}

describe('held values', () => {
  it('read once for many who ask at once', async () => {
    const { held } = holding();
    const read = jest.fn(async () => 'a');
    expect(await Promise.all([held.get('k', read), held.get('k', read), held.get('k', read)])).toEqual(['a', 'a', 'a']);
    expect(read).toHaveBeenCalledTimes(1);
  });

  it('read anew in the background past half their age, and before giving an answer past all of it', async () => {
    const { held, clock } = holding();
    await held.get('k', async () => 'a');
    clock.ms = 600;
    expect(await held.get('k', async () => 'b')).toBe('a');
    await Promise.resolve();
    expect(held.last('k')).toBe('b');
    clock.ms = 1_600;
    expect(await held.get('k', async () => 'c')).toBe('c');
  });

  it('count their age from before the read', async () => {
    const { held, clock } = holding();
    await held.get('k', async () => {
      clock.ms = 999;
      return 'slow';
    });
    clock.ms = 1_000;
    expect(await held.get('k', async () => 'new')).toBe('new');
  });

  it('give what they hold while reads fail, then the fault', async () => {
    const { held, clock } = holding();
    const fail = () => Promise.reject(new Error('away'));
    await held.get('k', async () => 'a');
    clock.ms = 999;
    expect(await held.get('k', fail)).toBe('a');
    clock.ms = 1_000;
    await expect(held.get('k', fail)).rejects.toThrow('away');
    expect(await held.get('k', async () => 'b')).toBe('b');
  });

  it('do not let a read that began before a write overwrite it', async () => {
    const { held } = holding();
    let finish = (_: string) => {};
    const reading = held.get('k', () => new Promise<string>((resolve) => (finish = resolve)));
    held.set('k', 'written');
    finish('older');
    await reading;
    expect(held.last('k')).toBe('written');
  });

  it('are bounded', async () => {
    const { held } = holding(2);
    for (const key of ['a', 'b', 'c']) await held.get(key, async () => key);
    expect([held.last('a'), held.last('b'), held.last('c')]).toEqual([undefined, 'b', 'c']);
  });
});
