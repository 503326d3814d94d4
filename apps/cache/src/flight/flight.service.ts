import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { AwaitFlightReply, FlightMember, FlightRole } from '#contracts';
import { before } from '../cache.errors.js';
import { FlightRepository } from './flight.repository.js';

const firstPauseMs = 20;
const longestPauseMs = 100;

/** Single-flight across replicas: of all members of a flight one leads, by a lease that it must renew. */
@Injectable()
export class FlightService {
  constructor(private readonly repository: FlightRepository) {}

  /** `alone` when no lease could be asked for in time (`endsAt` of `performance.now()`): the member then shares with nobody. */
  async join(member: FlightMember, endsAt: number): Promise<FlightRole> {
    const joining = this.repository.join(member);
    try {
      return await before(endsAt, joining);
    } catch {
      // A lease that comes too late has no leader: free it rather than let followers wait for its end.
      joining.then(
        (role) => (role === 'leader' ? this.release(member) : undefined),
        () => undefined,
      );
      return 'alone';
    }
  }

  /** Waits until there is something to tell or the time (of `Date.now()`) has come. */
  async follow(member: FlightMember, until: number, signal: AbortSignal): Promise<AwaitFlightReply> {
    for (let pause = firstPauseMs; ; pause = Math.min(pause * 2, longestPauseMs)) {
      const reply = await this.repository.follow(member);
      // Nobody is there to lead any more.
      if (reply.state === 'leader' && signal.aborted) void this.release(member);
      if (reply.state !== 'waiting' || signal.aborted || Date.now() + pause > until) return reply;
      await sleep(pause * (0.75 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
    }
  }

  renew(member: FlightMember): Promise<boolean> {
    return this.repository.renew(member);
  }

  finish(member: FlightMember, outcome?: string): Promise<boolean> {
    return this.repository.finish(member, outcome);
  }

  /** Gives the lease up without an outcome; if that fails the lease runs out by itself. */
  async release(member: FlightMember): Promise<void> {
    await this.repository.finish(member).catch(() => undefined);
  }
}
