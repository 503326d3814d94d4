import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { ExactAddress, FlightMember, FlightRole } from '#contracts';
import { AnswerCacheClient } from './answer-cache.client.js';
import type { Outcome } from './outcome.js';

/** A third of the lease: two renewals may be lost before followers take over. Milliseconds. */
const renewEveryMs = 1_600;
/** No upstream call lasts longer; a follower that has waited this long asks upstream itself. Milliseconds. */
const longestFlightMs = 600_000;

const processPart = randomBytes(8).toString('hex');
let flightsAsked = 0;

/** A token that owns the lease of a flight, should its bearer lead: unique, and cheap, since every look-up carries one. */
export function newFlightToken(): string {
  flightsAsked += 1;
  return processPart + flightsAsked.toString(16).padStart(16, '0');
}

/** The right and the duty to call upstream for everybody who asked the same; it must be landed exactly once. */
export class Flight {
  readonly landed: Promise<Outcome | undefined>;
  /** Whether it waits for another replica's flight: then nobody in this process is calling upstream. */
  isFollowing = false;
  private resolveLanded!: (outcome: Outcome | undefined) => void;
  private leased?: FlightMember;
  private renewal?: NodeJS.Timeout;

  constructor(
    private readonly cache: AnswerCacheClient,
    private readonly onLanded: () => void,
  ) {
    this.landed = new Promise((resolve) => (this.resolveLanded = resolve));
  }

  /** False when Redis could not be asked: then other replicas may be calling upstream for the same. */
  get isLeased(): boolean {
    return this.leased !== undefined;
  }

  /** Keeps the lease in Redis while upstream works. A lost lease costs a second call, never a wrong answer. */
  holdLease(member: FlightMember): void {
    if (this.leased) return;
    this.leased = member;
    this.renewal = setInterval(() => void this.cache.renewFlight(member).catch(ignoreCacheFault), renewEveryMs);
    this.renewal.unref();
  }

  /**
   * Hands the outcome to all followers; undefined lets them elect another leader.
   * @returns when Redis knows: a repeat of an answer that is not kept must not board a flight that is over. Never rejects.
   */
  async land(outcome: Outcome | undefined): Promise<void> {
    this.onLanded();
    this.resolveLanded(outcome);
    if (!this.leased) return;
    clearInterval(this.renewal);
    const text = outcome && JSON.stringify(outcome);
    await this.cache.finishFlight(this.leased, text).catch(ignoreCacheFault);
  }
}

// The lease runs out by itself, and the RPC layer has counted the fault.
function ignoreCacheFault(): void {}

/** Lets identical concurrent misses share one upstream call: within this process by memory, across replicas by a lease. */
@Injectable()
export class SingleFlightService {
  private readonly flights = new Map<string, Flight>();

  constructor(private readonly cache: AnswerCacheClient) {}

  /**
   * Boards the flight of a key after a miss.
   * @returns a Flight to be led and landed by the caller, or the outcome that somebody else's flight brought.
   */
  async board(member: FlightMember, role: FlightRole): Promise<Flight | Outcome> {
    for (let turn = role; ; turn = role === 'alone' ? 'alone' : 'follower') {
      const flying = this.flights.get(flightId(member));
      if (!flying || (turn === 'leader' && flying.isFollowing)) return this.depart(member, turn);
      // This process is calling upstream already, without a lease: Redis was slow to say so. It has one now.
      if (turn === 'leader') flying.holdLease(member);
      const outcome = await flying.landed;
      if (outcome) return outcome;
    }
  }

  /** For who was made the leader and will not fly: the next who asks may. Never rejects: the lease runs out by itself. */
  async giveBack(member: FlightMember): Promise<void> {
    await this.cache.finishFlight(member, undefined).catch(ignoreCacheFault);
  }

  private async depart(member: FlightMember, role: FlightRole): Promise<Flight | Outcome> {
    const flight = this.register(member);
    if (role === 'alone') return flight;
    if (role === 'follower') {
      flight.isFollowing = true;
      const outcome = await this.follow(member);
      flight.isFollowing = false;
      if (typeof outcome === 'object') {
        void flight.land(outcome);
        return outcome;
      }
      if (outcome === 'alone') return flight;
    }
    flight.holdLease(member);
    return flight;
  }

  private register(member: FlightMember): Flight {
    const id = flightId(member);
    const flight: Flight = new Flight(this.cache, () => {
      if (this.flights.get(id) === flight) this.flights.delete(id);
    });
    this.flights.set(id, flight);
    return flight;
  }

  /** Awaits another replica's flight; one poll serves every request of this process. */
  private async follow(member: FlightMember): Promise<Outcome | 'leader' | 'alone'> {
    const giveUpAt = Date.now() + longestFlightMs;
    try {
      while (Date.now() < giveUpAt) {
        const reply = await this.cache.awaitFlight(member);
        if (reply.state === 'finished') return JSON.parse(reply.outcome) as Outcome;
        if (reply.state === 'leader') return 'leader';
      }
    } catch {
      // Redis or the cache went away while waiting: this process flies alone.
    }
    return 'alone';
  }
}

function flightId(address: ExactAddress): string {
  return `${address.tenant}:${address.cacheId}:${address.exactKey}`;
}
