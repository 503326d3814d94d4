import { describe, expect, it } from '@jest/globals';
import { VectorFlights } from './vector-flights.js';

describe('flights of vectors', () => {
  it('ask for each text once, and hand it to all who wait', async () => {
    const flights = new VectorFlights<number>();
    const first = flights.board(['a', 'b']);
    const second = flights.board(['b', 'c']);
    expect([first.own, second.own]).toEqual([['a', 'b'], ['c']]);
    expect([...second.others.keys()]).toEqual(['b']);
    first.land(new Map([['b', 2]]));
    expect(await second.others.get('b')).toBe(2);
  });

  it('set those free who wait for a call that failed', async () => {
    const flights = new VectorFlights<number>();
    const first = flights.board(['a']);
    const second = flights.board(['a']);
    first.land(new Map());
    expect(await second.others.get('a')).toBeUndefined();
    expect(flights.board(['a']).own).toEqual(['a']);
  });
});
