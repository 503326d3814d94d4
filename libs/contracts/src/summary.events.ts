import { IsInt, Matches, Min } from 'class-validator';
import { defineEvent } from './define-contract.js';
import { identifierPattern } from './identifiers.js';

export class SummaryWanted {
  @Matches(identifierPattern)
  tenant: string;

  @Matches(identifierPattern)
  sessionId: string;

  /** The last `seq` that the summary is to tell of. */
  @IsInt()
  @Min(1)
  to: number;
}

/** A window has left messages behind that no summary tells of yet. One that is lost is published again by a later context. */
export const summaryWanted = defineEvent({ name: 'summaryWanted', payload: SummaryWanted });
