/** One line of a batch: a request, or what is wrong with it. */
export type BatchLine =
  | { readonly customId: string | null; readonly body: Record<string, unknown> }
  | { readonly customId: string | null; readonly fault: string };

/**
 * Reads JSONL in the form of OpenAI's Batch API. Empty lines are none; a line that cannot be read, or has the `custom_id` of one
 * before it, is one with a fault.
 */
export function batchLines(input: string): BatchLine[] {
  const known = new Set<string>();
  return input
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .map((text) => {
      const line = readLine(text);
      const { customId } = line;
      if (customId !== null && known.has(customId))
        return { customId, fault: "'custom_id' stands in an earlier line." };
      if (customId !== null) known.add(customId);
      return line;
    });
}

function readLine(text: string): BatchLine {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    return { customId: null, fault: 'The line is not JSON.' };
  }
  if (!isObject(line)) return { customId: null, fault: 'The line is not an object.' };
  const { custom_id: id, method, url, body } = line;
  const customId = typeof id === 'string' ? id : null;
  if (customId === null) return { customId, fault: "'custom_id' must be a text." };
  if (method !== undefined && method !== 'POST') return { customId, fault: "'method' must be POST." };
  if (url !== undefined && url !== '/v1/chat/completions')
    return { customId, fault: "'url' must be /v1/chat/completions." };
  return isObject(body) ? { customId, body } : { customId, fault: "'body' must be an object." };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
