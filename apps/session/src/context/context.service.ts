import { Injectable } from '@nestjs/common';
import { ServiceError, type SessionContext } from '#contracts';
import { replyOpeningTokens, type TokenizerFamily } from '#llm';
import { ServiceEnv } from '#service';
import type { Asker } from '../conversation/asker.js';
import type { SessionAddress, StoredMessage } from '../message/message-log.js';
import { SummaryService, type ServedSummary } from '../summary/summary.service.js';
import { ContextReader, type ContextWish } from './context-reader.js';
import { settled, storedTokens } from './context-settings.js';
import { HistoryReaderService } from './history-reader.service.js';
import { manifestOf } from './manifest.js';
import { nextStart, WindowFinder, type History, type Window, type WindowRules } from './window.js';

/** What fits the model now: the same for every replica, and for as long as possible with the same beginning. */
@Injectable()
export class ContextService extends ContextReader {
  constructor(
    private readonly reader: HistoryReaderService,
    private readonly summaries: SummaryService,
    private readonly env: ServiceEnv,
  ) {
    super();
  }

  /** @throws ServiceError invalid_request when the system messages alone take more */
  override async read(session: SessionAddress, wish: ContextWish, asker?: Asker): Promise<SessionContext | undefined> {
    const { lastMessages, family, ...settings } = settled(wish);
    const rules: WindowRules = {
      strategy: settings.strategy,
      room: settings.maxTokens - replyOpeningTokens,
      summaryTokens: this.env.summaryTokens,
      lastMessages,
      tokensOf: storedTokens(family),
    };
    const windows = new WindowFinder(rules);
    const read = await this.reader.read(session, (history) => windows.isEnough(history), asker);
    if (!read) return undefined;
    const { history, state } = read;
    const window = windows.find(history);
    if (!window) throw tooSmall();
    const summary =
      rules.strategy === 'summary' ? await this.summary(session, history, rules, window, family) : undefined;
    const { kept } = window;
    return {
      messages: inOrder(kept, window.startSeq, summary),
      manifest: {
        ...settings,
        tokens: window.tokens + (summary?.tokens ?? 0),
        ...manifestOf({ ...state, kept, ...(summary && { summary }) }),
      },
      lastSeq: state.lastSeq,
    };
  }

  /** The best there is now; what is missing, or will be soon, is written in the background. */
  private async summary(
    session: SessionAddress,
    history: History,
    rules: WindowRules,
    window: Window,
    family: TokenizerFamily,
  ): Promise<ServedSummary | undefined> {
    const upTo = window.startSeq - 1;
    const summary =
      upTo > 0 ? await this.summaries.find(session, upTo, { family, room: window.summaryRoom }) : undefined;
    const next = nextStart(history, rules, window);
    if (upTo > 0 && summary?.to !== upTo) void this.summaries.want(session, upTo);
    else if (next !== undefined) void this.summaries.want(session, next - 1);
    return summary;
  }
}

/** System messages from before the window come first, then the summary, then the window. */
function inOrder(kept: readonly StoredMessage[], startSeq: number, summary: ServedSummary | undefined) {
  const messages = kept.map(({ message }) => message);
  if (!summary) return messages;
  const before = kept.findIndex(({ seq }) => seq >= startSeq);
  return before < 0 ? [...messages, summary.message] : messages.toSpliced(before, 0, summary.message);
}

function tooSmall(): ServiceError {
  return new ServiceError('invalid_request', 'The system messages of this session alone take more than maxTokens', {
    param: 'maxTokens',
    reason: 'context_too_small',
  });
}
