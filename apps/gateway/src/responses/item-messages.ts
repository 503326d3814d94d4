import { isObject } from '../body-checks.js';
import type { Json, JsonObject } from '../completion/canonical-json.js';

/** @returns the chat message that says what an item says; undefined for an item that no message can stand for. */
export function messageOfItem(item: JsonObject): JsonObject | undefined {
  switch (item['type'] ?? 'message') {
    case 'message':
      return messageOf(item);
    case 'function_call': {
      const { call_id: id = null, name = null, arguments: text = null } = item;
      const call = { id, type: 'function', function: { name, arguments: text } };
      return { role: 'assistant', content: null, tool_calls: [call] };
    }
    case 'function_call_output': {
      const content = contentOf(item['output']);
      return content === undefined ? undefined : { role: 'tool', tool_call_id: item['call_id'] ?? null, content };
    }
    default:
      return undefined;
  }
}

function messageOf({ role, content }: JsonObject): JsonObject | undefined {
  const kept = contentOf(content);
  return typeof role !== 'string' || kept === undefined ? undefined : { role, content: kept };
}

function contentOf(content: Json | undefined): Json | undefined {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return undefined;
  const parts = (content as readonly Json[]).map((part) => (isObject(part) ? chatPart(part) : undefined));
  return parts.every((part) => part !== undefined) ? parts : undefined;
}

function chatPart(part: JsonObject): JsonObject | undefined {
  const { type, text, image_url: url, detail } = part;
  switch (type) {
    case 'input_text':
    case 'output_text':
      return { type: 'text', text: text ?? null };
    case 'input_image':
      // An image that upstream keeps under an id is not the conversation's own.
      return typeof url === 'string' ? { type: 'image_url', image_url: { url, ...given({ detail }) } } : undefined;
    case 'input_file': {
      const { file_id, file_data, file_url, filename } = part;
      return { type: 'file', file: given({ file_id, file_data, file_url, filename }) };
    }
    case 'input_audio':
    case 'refusal':
      return part;
    default:
      return undefined;
  }
}

/** The items that say what a chat message says. Always the same ones, so that a provider's prompt cache keeps working. */
export function historyItems(message: JsonObject): readonly JsonObject[] {
  const { role = null, content, tool_calls: calls, tool_call_id: id = null } = message;
  if (role === 'tool') {
    return [{ type: 'function_call_output', call_id: id, output: itemContent(content, 'input_text') ?? '' }];
  }
  const said = itemContent(content, role === 'assistant' ? 'output_text' : 'input_text');
  const items = Array.isArray(calls) ? (calls as readonly Json[]).filter(isObject).map(callItem) : [];
  return [...(said === undefined ? [] : [{ type: 'message', role, content: said }]), ...items];
}

function callItem({ id = null, function: called }: JsonObject): JsonObject {
  const { name = null, arguments: text = null } = isObject(called) ? called : {};
  return { type: 'function_call', call_id: id, name, arguments: text };
}

function itemContent(content: Json | undefined, textType: string): Json | undefined {
  if (!Array.isArray(content)) return typeof content === 'string' && content !== '' ? content : undefined;
  return (content as readonly Json[]).map((part) => (isObject(part) ? itemPart(part, textType) : part));
}

function itemPart(part: JsonObject, textType: string): JsonObject {
  const { type, text = null, image_url: image, file } = part;
  if (type === 'text') return { type: textType, text };
  if (type === 'image_url' && isObject(image)) {
    const { url = null, detail } = image;
    return { type: 'input_image', image_url: url, ...given({ detail }) };
  }
  if (type === 'file' && isObject(file)) return { type: 'input_file', ...file };
  return part;
}

/** The members that are there. */
function given(members: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as JsonObject;
}
