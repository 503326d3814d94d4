import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ServiceEnv } from '#service';
import { MessageLog, type LogState, type SessionAddress, type StoredMessage } from '../message/message-log.js';
import { cutSummary } from './cut-summary.js';
import { Summariser } from './summariser.js';
import { SummaryRepository, type StoredSummary } from './summary.repository.js';
import { transcriptLine } from './transcript.js';

/** What one step reads at most: tokens of messages, and messages. Longer stretches are told in several steps. */
const stepTokens = 6_000;
const pageSize = 50;
/** Times that a step begins anew because a message was edited meanwhile. */
const mostTries = 3;

/** `done`: a summary up to the wanted `seq` is there; `further`: one up to a `seq` before it. */
type WriteOutcome = 'done' | 'further' | 'edited' | 'absent';

interface Segment {
  readonly state: LogState;
  readonly base: StoredSummary | undefined;
  readonly messages: readonly StoredMessage[];
  readonly to: number;
}

/** Writes summaries: each from the one before and the messages since. */
@Injectable()
export class SummaryWriterService {
  constructor(
    private readonly log: MessageLog,
    private readonly summaries: SummaryRepository,
    private readonly summariser: Summariser,
    private readonly env: ServiceEnv,
  ) {}

  /** One bounded step towards a summary up to `to`. @throws ServiceError when the summariser fails */
  async step(session: SessionAddress, to: number): Promise<WriteOutcome> {
    let written: StoredSummary | undefined;
    for (let tries = 1; tries <= mostTries; tries += 1) {
      const segment = await this.segment(session, to);
      if (segment === 'done' || segment === 'absent') return segment;
      if (segment === 'edited') continue;
      written = await this.summary(session, segment, written);
      const outcome = await this.summaries.store(session, segment.state, written);
      if (outcome === 'absent') return 'absent';
      if (outcome === 'stored') return segment.to < Math.min(to, segment.state.lastSeq) ? 'further' : 'done';
    }
    return 'edited';
  }

  /** What the next summary has to tell of besides the last one; all of one moment, or `edited`. */
  private async segment(session: SessionAddress, wanted: number): Promise<Segment | 'done' | 'absent' | 'edited'> {
    // The state first: a summary that an edit drops afterwards is of an edition that can no longer be stored.
    const state = (await this.log.range(session, wanted, wanted))?.state;
    if (!state) return 'absent';
    const to = Math.min(wanted, state.lastSeq);
    const base = await this.summaries.latest(session, to);
    if (base?.to === to || to === 0) return 'done';
    const messages: StoredMessage[] = [];
    let [from, tokens] = [(base?.to ?? 0) + 1, 0];
    for (; from <= to && tokens < stepTokens; from += pageSize) {
      const page = await this.log.range(session, from, Math.min(to, from + pageSize - 1));
      if (!page) return 'absent';
      if (page.state.edition !== state.edition || page.state.createdAt !== state.createdAt) return 'edited';
      for (const message of page.messages) tokens += message.tokens['o200k'] ?? 0;
      messages.push(...page.messages);
    }
    const listed = new Set(state.systemSeqs);
    return { state, base, messages: messages.filter(({ seq }) => !listed.has(seq)), to: Math.min(to, from - 1) };
  }

  /** @param known written for the same session a moment ago: still good if what it tells of was not changed */
  private async summary(
    { tenant }: SessionAddress,
    { base, messages, to }: Segment,
    known: StoredSummary | undefined,
  ): Promise<StoredSummary> {
    const hash = hashOf(base, messages);
    if (known?.hash === hash) return known;
    const transcript = messages.map(({ message }) => transcriptLine(message)).filter(Boolean);
    const maxTokens = this.env.summaryTokens;
    const previous = base?.text ?? '';
    const task = { tenant, previous, transcript, maxTokens };
    const text = transcript.length === 0 ? previous : await this.summariser.summarise(task);
    const counted = (base?.messages ?? 0) + messages.length;
    return { to, messages: counted, hash, by: this.summariser.name, text: await cutSummary('o200k', text, maxTokens) };
  }
}

function hashOf(base: StoredSummary | undefined, messages: readonly StoredMessage[]): string {
  const hash = createHash('sha256').update(base?.hash ?? '');
  for (const { seq, message } of messages) hash.update(`\n${seq} ${JSON.stringify(message)}`);
  return hash.digest('hex');
}
