import { Injectable } from '@nestjs/common';
import type { SummariseSessionReply, SummariseSessionRequest } from '#contracts';
import { MessageLog } from '../message/message-log.js';
import { SummaryWriterService } from './summary-writer.service.js';
import { SummaryRepository } from './summary.repository.js';

/** Summaries that somebody waits for, step by step; background work on the same session goes first. */
@Injectable()
export class WantedSummaryService {
  constructor(
    private readonly log: MessageLog,
    private readonly summaries: SummaryRepository,
    private readonly writer: SummaryWriterService,
  ) {}

  /** @throws ServiceError when the summariser fails */
  async step(request: SummariseSessionRequest): Promise<SummariseSessionReply> {
    const session = { tenant: request.tenant, sessionId: request.sessionId };
    const seen = await this.log.tail(session, 1, request);
    if (!seen) return { state: 'absent' };
    const { lastSeq } = seen.state;
    const wanted = Math.min(request.to ?? lastSeq, lastSeq);
    const known = await this.summaries.latest(session, wanted);
    if (known?.to === wanted) return { state: 'summarised', to: wanted, messages: known.messages, text: known.text };
    if (wanted === 0) return { state: 'summarised', to: 0, messages: 0, text: '' };
    if (!(await this.summaries.claim(session))) return { state: 'busy' };
    try {
      const outcome = await this.writer.step(session, wanted);
      if (outcome === 'absent') return { state: 'absent' };
      const latest = await this.summaries.latest(session, wanted);
      // An edit may have dropped what was written a moment ago.
      if (outcome === 'edited' || !latest) return { state: 'busy' };
      const { to, messages, text } = latest;
      return to === wanted ? { state: 'summarised', to, messages, text } : { state: 'further', to, wanted };
    } finally {
      await this.summaries.releaseClaim(session);
    }
  }
}
