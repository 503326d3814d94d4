import { Injectable } from '@nestjs/common';
import { summaryWanted, type ChatMessage, type SummaryWanted } from '#contracts';
import { countMessageTokens, type TokenizerFamily } from '#llm';
import { EventPublisher } from '#redis-streams';
import { Log, Metrics } from '#service';
import type { SessionAddress } from '../message/message-log.js';
import { cutSummary } from './cut-summary.js';
import { SummaryWriterService } from './summary-writer.service.js';
import { SummaryRepository, type StoredSummary } from './summary.repository.js';

/** A summary as a model is sent it. */
export interface ServedSummary {
  readonly message: ChatMessage;
  readonly tokens: number;
  readonly to: number;
  readonly messages: number;
}

/** Not of a system: it repeats what users said, and that must not gain a system message's authority. */
const asMessage = (text: string): ChatMessage => ({
  role: 'user',
  content: `Summary of the conversation so far:\n${text}`,
});

/** Summaries as windows need them: read at once, written in the background. */
@Injectable()
export class SummaryService {
  private readonly outcomes;

  constructor(
    private readonly summaries: SummaryRepository,
    private readonly writer: SummaryWriterService,
    private readonly events: EventPublisher,
    private readonly log: Log,
    metrics: Metrics,
  ) {
    this.outcomes = metrics.counter('larder_session_summaries_total', 'Steps of writing summaries', ['outcome']);
  }

  /** The best summary of what lies up to `upTo`, made to fit; nothing when there is none or no room for a sentence of it. */
  async find(
    session: SessionAddress,
    upTo: number,
    { family, room }: { family: TokenizerFamily; room: number },
  ): Promise<ServedSummary | undefined> {
    const stored = await this.summaries.latest(session, upTo);
    if (!stored?.text) return undefined;
    const around = await countMessageTokens(family, asMessage(''));
    // One token more than counted: the first word may merge otherwise with what stands before it.
    const text = await cutSummary(family, stored.text, room - around - 1);
    const message = asMessage(text);
    const tokens = await countMessageTokens(family, message);
    return text === '' || tokens > room ? undefined : { message, tokens, to: stored.to, messages: stored.messages };
  }

  /** Has a summary up to `to` written, unless somebody is at work on one of this session. Never fails: a later context asks again. */
  async want({ tenant, sessionId }: SessionAddress, to: number): Promise<void> {
    try {
      const known: StoredSummary | undefined = await this.summaries.latest({ tenant, sessionId }, to);
      if (known?.to === to || !(await this.summaries.claim({ tenant, sessionId }))) return;
      await this.events.publish(summaryWanted, { tenant, sessionId, to }, { tenant });
    } catch (error) {
      this.log.warn('A summary could not be asked for', { tenant, sessionId, error });
    }
  }

  /** Handles the event. What the summariser cannot do now is asked for again when the claim has run out. */
  async write({ tenant, sessionId, to }: SummaryWanted): Promise<void> {
    const session = { tenant, sessionId };
    await this.summaries.renewClaim(session);
    let outcome;
    try {
      outcome = await this.writer.step(session, to);
    } catch (error) {
      this.outcomes.inc({ outcome: 'failed' });
      this.log.warn('A summary could not be written', { tenant, sessionId, error });
      return;
    }
    this.outcomes.inc({ outcome });
    if (outcome === 'further') await this.events.publish(summaryWanted, { tenant, sessionId, to }, { tenant });
    else await this.summaries.releaseClaim(session);
  }
}
