import { describe, expect, it } from '@jest/globals';
import { FrameSeal } from './frame-seal.js';
import { StreamWork } from './stream-work.js';

const write = { seal: new FrameSeal(), renew: false, scriptKnown: true };
const lost = new Error('Connection is closed.');

function appended(work: StreamWork, count: number): (Error | string | undefined)[] {
  const outcomes: (Error | string | undefined)[] = [];
  for (let index = 0; index < count; index++) work.append(`r${index}`, (error, id) => outcomes.push(error ?? id));
  return outcomes;
}

describe('what waits for one stream', () => {
  it('is one command for many requests, and each gets its id', () => {
    const work = new StreamWork('s');
    const outcomes = appended(work, 5);
    const commands = work.commands(write);
    expect(commands).toHaveLength(1);
    expect(commands[0]!.slice(3)).toEqual(['s', 'r0', 'r1', 'r2', 'r3', 'r4']);
    expect(work.settle([[null, ['1-0', '1-1', '1-2', '1-3', '1-4']]])).toBeUndefined();
    expect(outcomes).toEqual(['1-0', '1-1', '1-2', '1-3', '1-4']);
  });

  it('never writes a request twice: a lost answer is a fault', () => {
    for (const count of [1, 5]) {
      const work = new StreamWork('s');
      const outcomes = appended(work, count);
      const results = work.commands(write).map(() => [lost, undefined] as const);
      expect(work.settle(results)).toBeUndefined();
      expect(outcomes).toEqual(Array.from({ length: count }, () => lost));
    }
  });

  it('writes requests again when the server did not know the script', () => {
    const work = new StreamWork('s');
    const outcomes = appended(work, 3);
    work.commands(write);
    const again = work.settle([[new Error('NOSCRIPT No matching script'), undefined]]);
    expect(outcomes).toEqual([]);
    const [command] = again!.commands({ ...write, scriptKnown: false });
    expect(command![0]).toBe('eval');
    again!.settle([[null, ['1-0', '1-1', '1-2']]]);
    expect(outcomes).toEqual(['1-0', '1-1', '1-2']);
  });

  it('writes replies of one turn as one entry, bounded and expiring', () => {
    const work = new StreamWork('m', { ttlMs: 60_000, maxLength: 100 });
    for (const frame of ['["a",0,1]', '["b",0,2]']) work.addFrame(frame);
    expect(work.commands({ ...write, renew: true })).toEqual([
      ['xadd', 'm', 'MAXLEN', '~', 100, '*', 'f', '[["a",0,1],["b",0,2]]'],
      ['pexpire', 'm', 60_000],
    ]);
  });

  it('writes replies again, in order and before later ones, but not for ever', () => {
    let work: StreamWork | undefined = new StreamWork('m', { ttlMs: 1, maxLength: 1 });
    work.addFrame('1');
    let attempts = 0;
    while (work) {
      attempts++;
      const later = new StreamWork('m');
      later.addFrame(`${attempts + 1}`);
      const commands = work.commands(write);
      expect(String(commands[0]!.at(-1)).startsWith('[1')).toBe(true);
      work = work.settle(commands.map(() => [lost, undefined] as const));
      work?.absorb(later);
    }
    expect(attempts).toBe(6);
  });

  it('splits what is too large for one entry', () => {
    const work = new StreamWork('m', { ttlMs: 1, maxLength: 1 });
    for (let index = 0; index < 3; index++) work.addFrame(`"${'x'.repeat(300_000)}"`);
    expect(work.commands(write)).toHaveLength(3);
  });
});
