import { IsOptional, IsString, Matches } from 'class-validator';
import { defineRpc, replies } from './define-contract.js';
import { generationPattern, hex128Pattern } from './identifiers.js';
import { ExactAddress } from './question.contract.js';

const service = 'cache';

/** One flight: the key, the generation that its members looked in, and the member's own token. */
export class FlightMember extends ExactAddress {
  @Matches(generationPattern)
  generation: string;

  @Matches(hex128Pattern)
  flightToken: string;
}

export type AwaitFlightReply =
  | { readonly state: 'finished'; readonly outcome: string }
  /** The leader is gone and this member leads now. */
  | { readonly state: 'leader' }
  /** Ask again. */
  | { readonly state: 'waiting' };

/** Waits up to about a second for the leader's outcome; asked again until it is not `waiting`. */
export const awaitFlight = defineRpc({
  service,
  name: 'awaitFlight',
  request: FlightMember,
  reply: replies<AwaitFlightReply>(),
});

/** Keeps the lease while upstream works; `held: false` tells a leader that it was replaced. */
export const renewFlight = defineRpc({
  service,
  name: 'renewFlight',
  request: FlightMember,
  reply: replies<{ readonly held: boolean }>(),
});

export class FinishFlightRequest extends FlightMember {
  /** What the leader got, opaque to the cache; absent when it gave up: followers then elect another leader. */
  @IsOptional()
  @IsString()
  outcome?: string;
}

export const finishFlight = defineRpc({
  service,
  name: 'finishFlight',
  request: FinishFlightRequest,
  reply: replies<{ readonly held: boolean }>(),
});
