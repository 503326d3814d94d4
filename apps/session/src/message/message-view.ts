import type { MessageDto } from './message.dto.js';
import type { NotedMessage } from './message.service.js';
import { shownFamily } from './token-counter.js';

/** A message as the API shows it: OpenAI's members, and Larder's over them. */
export function messageView(stored: NotedMessage): MessageDto {
  const { id, seq, message, tokens, createdAt, status, version, editedAt, metadata, reactions } = stored;
  return {
    ...message,
    id,
    seq,
    role: message.role,
    content: message.content ?? null,
    tokens: tokens[shownFamily] ?? 0,
    createdAt: new Date(createdAt).toISOString(),
    status,
    version,
    ...(editedAt !== undefined && { editedAt: new Date(editedAt).toISOString() }),
    ...(metadata && { metadata: { ...metadata } }),
    ...(reactions && { reactions }),
  };
}
