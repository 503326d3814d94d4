import { describe, expect, it } from '@jest/globals';
import type { AwaitFlightReply, FlightMember } from '#contracts';
import type { AnswerCacheClient } from './answer-cache.client.js';
import type { Outcome } from './outcome.js';
import { Flight, newFlightToken, SingleFlightService } from './single-flight.service.js';

const outcome: Outcome = { status: 200, body: '{}', headers: {} };

function member(exactKey = 'a'.repeat(64), tenant = 't'): FlightMember {
  return { tenant, cacheId: 'c', exactKey, generation: '1', flightToken: newFlightToken() };
}

/** The remote half of flights, scripted: what awaitFlight answers, and what was finished. */
function remote(replies: AwaitFlightReply[] = []) {
  const finished: (string | undefined)[] = [];
  let asked = 0;
  const client: Pick<AnswerCacheClient, 'awaitFlight' | 'renewFlight' | 'finishFlight'> = {
    awaitFlight: async () => {
      asked += 1;
      const reply = replies.shift();
      if (!reply) throw new Error('the cache is away');
      return reply;
    },
    renewFlight: async () => ({ held: true }),
    finishFlight: async (_member, text) => {
      finished.push(text);
      return { held: true };
    },
  };
  return { client: client as AnswerCacheClient, finished, asked: () => asked };
}

async function boardAsFlight(flights: SingleFlightService, ...args: Parameters<SingleFlightService['board']>) {
  const boarded = await flights.board(...args);
  if (!(boarded instanceof Flight)) throw new Error('expected to lead');
  return boarded;
}

describe('single flight', () => {
  it('gives everybody in the process the outcome of the one that leads', async () => {
    const { client, finished } = remote();
    const flights = new SingleFlightService(client);
    const leader = await boardAsFlight(flights, member(), 'leader');
    const followers = [flights.board(member(), 'follower'), flights.board(member(), 'alone')];
    void leader.land(outcome);
    expect(await Promise.all(followers)).toEqual([outcome, outcome]);
    expect(finished).toEqual([JSON.stringify(outcome)]);
  });

  it('asks the other replica once for all followers of this process', async () => {
    const { client, asked } = remote([{ state: 'waiting' }, { state: 'finished', outcome: JSON.stringify(outcome) }]);
    const flights = new SingleFlightService(client);
    const boarded = await Promise.all([1, 2, 3].map(() => flights.board(member(), 'follower')));
    expect(boarded).toEqual([outcome, outcome, outcome]);
    expect(asked()).toBe(2);
  });

  it('elects one follower when the leader gives up, and the others follow that one', async () => {
    const { client } = remote([{ state: 'leader' }]);
    const flights = new SingleFlightService(client);
    const leader = await boardAsFlight(flights, member(), 'leader');
    const followers = [1, 2, 3].map(() => flights.board(member(), 'follower'));
    void leader.land(undefined);
    const next = await Promise.race(followers);
    if (!(next instanceof Flight)) throw new Error('expected a new leader');
    void next.land(outcome);
    const boarded = await Promise.all(followers);
    expect(boarded.filter((one) => one instanceof Flight)).toHaveLength(1);
    expect(boarded.filter((one) => !(one instanceof Flight))).toEqual([outcome, outcome]);
  });

  it('flies once per process while Redis is away', async () => {
    const { client, finished } = remote();
    const flights = new SingleFlightService(client);
    const leader = await boardAsFlight(flights, member(), 'alone');
    const follower = flights.board(member(), 'alone');
    void leader.land(outcome);
    expect(await follower).toEqual(outcome);
    expect(finished).toEqual([]);
  });

  it('takes the lease for a flight that had left without one', async () => {
    const { client, finished } = remote();
    const flights = new SingleFlightService(client);
    const alone = await boardAsFlight(flights, member(), 'alone');
    const leader = flights.board(member(), 'leader');
    void alone.land(outcome);
    expect(await leader).toEqual(outcome);
    expect(finished).toEqual([JSON.stringify(outcome)]);
  });

  it('goes on alone when Redis goes away while it follows', async () => {
    const { client } = remote([{ state: 'waiting' }]);
    const flights = new SingleFlightService(client);
    const flight = await boardAsFlight(flights, member(), 'follower');
    void flight.land(outcome);
    expect(await flight.landed).toEqual(outcome);
  });

  it('never shares between tenants or keys, and forgets a flight that landed', async () => {
    const { client } = remote();
    const flights = new SingleFlightService(client);
    const first = await boardAsFlight(flights, member('a'.repeat(64), 't1'), 'alone');
    const second = await boardAsFlight(flights, member('a'.repeat(64), 't2'), 'alone');
    const third = await boardAsFlight(flights, member('b'.repeat(64), 't1'), 'alone');
    for (const flight of [first, second, third]) void flight.land(outcome);
    expect(await boardAsFlight(flights, member('a'.repeat(64), 't1'), 'alone')).toBeInstanceOf(Flight);
  });
});
