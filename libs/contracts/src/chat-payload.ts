import { ValidateBy } from 'class-validator';

/** Options that stand in a payload for the headers of a request. */
const optionPattern = /^(?:cache-control|x-larder-[a-z-]{1,64})$/;

/** Whether this is what headers would say: `{ "x-larder-cache-id": "faq" }`. */
export function areChatOptions(value: unknown): value is Record<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(([name, text]) => optionPattern.test(name) && typeof text === 'string');
}

/** On a member that stands for the headers of a request. */
export function AreChatOptions(): PropertyDecorator {
  const message = '$property must be cache-control or x-larder-* headers, as texts';
  return ValidateBy({ name: 'areChatOptions', validator: { validate: areChatOptions, defaultMessage: () => message } });
}

function isChatBody(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { model, messages } = value as { model?: unknown; messages?: unknown };
  const isNamed = typeof model === 'string' && model !== '';
  return isNamed && Array.isArray(messages) && messages.length > 0;
}

/** On a member that is a body of `POST /v1/chat/completions`; the rest of it is the gateway's to judge. */
export function IsChatBody(): PropertyDecorator {
  const message = '$property must have a model and a list of messages';
  return ValidateBy({ name: 'isChatBody', validator: { validate: isChatBody, defaultMessage: () => message } });
}
