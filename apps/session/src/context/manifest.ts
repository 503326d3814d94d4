import type { ContextManifest, SeqRange } from '#contracts';
import type { StoredMessage } from '../message/message-log.js';

interface ManifestInput {
  readonly lastSeq: number;
  /** Of the numbers up to `lastSeq`, how many are deleted messages. */
  readonly deleted: number;
  readonly kept: readonly StoredMessage[];
  /** Up to which `seq` a summary tells, and of how many messages. */
  readonly summary?: { readonly to: number; readonly messages: number };
}

/** What became of every message: each is kept, summarised or dropped, and the three add up to those that there are. */
export function manifestOf(input: ManifestInput): Pick<ContextManifest, 'kept' | 'summarised' | 'dropped' | 'ranges'> {
  const { lastSeq, deleted, kept, summary = { to: 0, messages: 0 } } = input;
  const gaps = gapsBetween(kept, lastSeq);
  return {
    kept: kept.length,
    summarised: summary.messages,
    dropped: lastSeq - deleted - kept.length - summary.messages,
    ranges: {
      kept: runsOf(kept),
      summarised: clipped(gaps, 1, summary.to),
      dropped: clipped(gaps, summary.to + 1, lastSeq),
    },
  };
}

function runsOf(messages: readonly StoredMessage[]): SeqRange[] {
  const runs: { from: number; to: number }[] = [];
  for (const { seq } of messages) {
    const run = runs.at(-1);
    if (run?.to === seq - 1) run.to = seq;
    else runs.push({ from: seq, to: seq });
  }
  return runs;
}

/** The numbers from 1 to `lastSeq` that are not kept. */
function gapsBetween(kept: readonly StoredMessage[], lastSeq: number): SeqRange[] {
  const gaps: SeqRange[] = [];
  let from = 1;
  for (const { seq } of [...kept, { seq: lastSeq + 1 }]) {
    if (seq > from) gaps.push({ from, to: seq - 1 });
    from = seq + 1;
  }
  return gaps;
}

function clipped(ranges: readonly SeqRange[], from: number, to: number): SeqRange[] {
  return ranges
    .map((range) => ({ from: Math.max(range.from, from), to: Math.min(range.to, to) }))
    .filter((range) => range.from <= range.to);
}
