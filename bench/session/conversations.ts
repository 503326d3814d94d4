import type { ChatMessage } from '../../libs/contracts/index.js';
import type { AppendWithContextService } from '../../apps/session/src/context/append-with-context.service.js';
import type { ContextReader, ContextWish } from '../../apps/session/src/context/context-reader.js';
import type { ConversationService } from '../../apps/session/src/conversation/conversation.service.js';
import type { MessageAppendService } from '../../apps/session/src/message/message-append.service.js';

export const tenant = 'bench';
const batch = 100;

/** What is measured of the session service; in this process, as its own controllers call it. */
export interface SessionParts {
  readonly conversations: ConversationService;
  readonly appends: MessageAppendService;
  readonly contexts: ContextReader;
  readonly appendsWithContext: AppendWithContextService;
}

const words = 'the traveller asks for a quiet room near the station with breakfast and a view of the old harbour'.split(
  ' ',
);

/** Message `place` of a conversation: questions of some 25 tokens, answers of some 120; no two alike. */
export function messageOf(place: number): ChatMessage {
  const isAnswer = place % 2 === 1;
  const length = isAnswer ? 110 : 20;
  const text = Array.from({ length }, (_, index) => words[(place * 7 + index * (1 + (place % 5))) % words.length]);
  return { role: isAnswer ? 'assistant' : 'user', content: `${place}: ${text.join(' ')}.` };
}

/** A session of nobody's with so many messages. */
export async function fill({ conversations, appends }: SessionParts, sessionId: string, length: number): Promise<void> {
  await conversations.create({ tenant, id: sessionId });
  for (let from = 0; from < length; from += batch) {
    const messages = Array.from({ length: Math.min(batch, length - from) }, (_, index) => messageOf(from + index));
    await append({ appends }, sessionId, messages);
  }
}

export async function append(
  { appends }: Pick<SessionParts, 'appends'>,
  sessionId: string,
  messages: readonly ChatMessage[],
): Promise<void> {
  const wanted = messages.map((message) => ({ message }));
  const reply = await appends.append({ tenant, sessionId }, { reach: 'any' }, wanted);
  if (reply.state !== 'appended') throw new Error(`not appended: ${reply.state}`);
}

/** Append and window as one call, as `POST …/messages` with `context` makes it. */
export async function appendAndRead(
  { appendsWithContext }: Pick<SessionParts, 'appendsWithContext'>,
  sessionId: string,
  message: ChatMessage,
  context: ContextWish,
): Promise<void> {
  const wish = { messages: [{ message }], context };
  const { context: window } = await appendsWithContext.append({ tenant, sessionId }, { reach: 'any' }, wish);
  if (!window) throw new Error('no window');
}
