import { isObject } from '../body-checks.js';
import type { Json, JsonObject } from '../completion/canonical-json.js';
import { inputItems } from './responses-body.js';

/** Tools that only make the model ask its caller for something; what all others find out changes with the world. */
const callersTools = new Set([
  'function',
  'custom',
  'namespace',
  'apply_patch',
  'local_shell',
  'computer',
  'computer_use_preview',
]);

/**
 * Whether a body says all that its answer depends on. It does not where it builds on what upstream keeps (an earlier response,
 * a conversation, an item by its id, a prompt in its newest version), where it is to be fetched later, or where upstream itself
 * looks something up: web, files, code, remote tools. The last may be cached by asking: `"cache": {"hosted-tools": true}`.
 */
export function isSelfContained(body: JsonObject): boolean {
  if (isGiven(body['previous_response_id']) || isGiven(body['conversation'])) return false;
  if (body['background'] === true || hasMovingPrompt(body['prompt'])) return false;
  if (inputItems(body).some(isReference)) return false;
  return !hasHostedTools(body['tools']) || mayKeepHosted(body['cache']);
}

/** A reference may leave its type out; every other item has one, or is a message. */
function isReference({ type, id, role, content }: JsonObject): boolean {
  if (isGiven(type)) return type === 'item_reference';
  return isGiven(id) && !isGiven(role) && !isGiven(content);
}

function isGiven(value: Json | undefined): boolean {
  return value !== undefined && value !== null;
}

function hasMovingPrompt(prompt: Json | undefined): boolean {
  return isObject(prompt) && !isGiven(prompt['version']);
}

function hasHostedTools(tools: Json | undefined): boolean {
  if (!Array.isArray(tools)) return false;
  return (tools as readonly Json[]).some((tool) => {
    const type = isObject(tool) ? tool['type'] : undefined;
    return typeof type !== 'string' || !callersTools.has(type);
  });
}

function mayKeepHosted(options: Json | undefined): boolean {
  return isObject(options) && options['hosted-tools'] === true;
}
