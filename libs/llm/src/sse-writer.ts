/** What ends an OpenAI stream. */
export const sseDone = 'data: [DONE]\n\n';

/** One server-sent event; data of several lines becomes several `data:` lines (WHATWG HTML, 9.2). */
export function encodeSse(data: string): string {
  if (!/[\r\n]/.test(data)) return `data: ${data}\n\n`;
  return `${data
    .split(/\r\n|\r|\n/)
    .map((line) => `data: ${line}\n`)
    .join('')}\n`;
}

/** One server-sent event with a name, as the Responses API sends them; `data` is of one line. */
export function encodeNamedSse(event: string, data: string): string {
  return `event: ${event}\ndata: ${data}\n\n`;
}

/** A line that clients ignore: keeps a connection alive or tells a debugger something. */
export function encodeSseComment(text: string): string {
  return `: ${text.replace(/[\r\n]+/g, ' ')}\n\n`;
}
