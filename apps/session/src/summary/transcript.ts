import type { ChatMessage } from '#contracts';

/** Of one message; the rest of a long one hardly changes what it is about. */
const longestText = 2_000;

/** A message as one line of a transcript; nothing when it says nothing. */
export function transcriptLine({ role, content, refusal, tool_calls: calls }: ChatMessage): string {
  const texts = typeof content === 'string' ? [content] : (content ?? []).map(partText);
  const called = (calls ?? []).map((call) => callText(call['function']));
  const text = [...texts, refusal ?? '', ...called].join(' ').replace(/\s+/gu, ' ').trim();
  return text === '' ? '' : `${role}: ${text.slice(0, longestText)}`;
}

function partText(part: Record<string, unknown>): string {
  if (typeof part['text'] === 'string') return part['text'];
  return typeof part['type'] === 'string' ? `[${part['type'].replace(/_url$/, '')}]` : '';
}

function callText(called: unknown): string {
  const { name = '', arguments: given = '' } = (called ?? {}) as Record<string, unknown>;
  return `[calls ${String(name)} ${String(given)}]`;
}
