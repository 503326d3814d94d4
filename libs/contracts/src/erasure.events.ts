import { IsIn, IsInt, IsObject, IsOptional, IsString, Matches, MaxLength, Min } from 'class-validator';
import { defineEvent } from './define-contract.js';
import { hex128Pattern, identifierPattern } from './identifiers.js';

/** Every service that may hold what a user wrote; a receipt is final when all of them have answered. */
export const erasingServices = ['cache', 'gateway', 'session', 'worker'] as const;
export type ErasingService = (typeof erasingServices)[number];

export class UserErased {
  @Matches(hex128Pattern)
  erasureId: string;

  @Matches(identifierPattern)
  tenant: string;

  @IsString()
  @MaxLength(256)
  userId: string;
}

/** A user is to be forgotten: every service removes what it holds of them and publishes `userErasureDone`. */
export const userErased = defineEvent({ name: 'userErased', payload: UserErased });

export class UserErasureDone {
  @Matches(hex128Pattern)
  erasureId: string;

  @Matches(identifierPattern)
  tenant: string;

  @IsIn(erasingServices)
  service: ErasingService;

  /** How many of each kind were removed: `{ entries: 3 }`. */
  @IsObject()
  removed: Record<string, number>;

  /** Present when something of the user may be left, and until when: seconds. */
  @IsOptional()
  @IsInt()
  @Min(0)
  leftForSeconds?: number;
}

export const userErasureDone = defineEvent({ name: 'userErasureDone', payload: UserErasureDone });
