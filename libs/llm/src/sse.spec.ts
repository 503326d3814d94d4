import { describe, expect, it } from '@jest/globals';
import { readSse, type SseEvent } from './sse-reader.js';
import { encodeSse, encodeSseComment, sseDone } from './sse-writer.js';

async function* parts(...list: (string | Buffer)[]): AsyncGenerator<Buffer> {
  for (const part of list) yield Buffer.from(part as string);
}

async function read(body: AsyncIterable<Buffer>, maxEventLength?: number): Promise<SseEvent[]> {
  const events: SseEvent[] = [];
  for await (const event of readSse(body, maxEventLength === undefined ? {} : { maxEventLength })) events.push(event);
  return events;
}

async function dataOf(body: AsyncIterable<Buffer>): Promise<string[]> {
  return (await read(body)).map(({ data }) => data);
}

describe('reading server-sent events', () => {
  it('puts characters together that were split between chunks, byte by byte', async () => {
    const bytes = Buffer.from('data: {"a":"zä😀日"}\r\n\r\ndata: [DONE]\n\n');
    const single = [...bytes].map((byte) => Buffer.from([byte]));
    expect(await dataOf(parts(...single))).toEqual(['{"a":"zä😀日"}', '[DONE]']);
  });

  it('drops comments and keeps event names', async () => {
    const events = await read(parts(': ping\n\n', 'event: error\ndata: x\n\n', 'data:y\n\n'));
    expect(events).toMatchObject([{ event: 'error', data: 'x' }, { data: 'y' }]);
  });

  it('takes a last event that lacks its blank line', async () => {
    expect(await dataOf(parts('data: a\n\ndata: [DONE]'))).toEqual(['a', '[DONE]']);
  });

  it('refuses an event without end', async () => {
    const endless = async function* (): AsyncGenerator<Buffer> {
      yield Buffer.from('data: ');
      for (;;) yield Buffer.alloc(1_000, 'x');
    };
    await expect(read(endless(), 10_000)).rejects.toMatchObject({ code: 'upstream_failed' });
    const lines = async function* (): AsyncGenerator<Buffer> {
      for (;;) yield Buffer.from('data: xxxxxxxxxxxxxxxxxxxx\n');
    };
    await expect(read(lines(), 10_000)).rejects.toMatchObject({ code: 'upstream_failed' });
  });
});

describe('writing server-sent events', () => {
  it('reads back as it was, lines included', async () => {
    const texts = ['{"a":1}', 'two\nlines', ' leading', ''];
    expect(await dataOf(parts(...texts.map(encodeSse)))).toEqual(texts);
  });

  it('writes comments that cannot become events', async () => {
    expect(encodeSseComment('entry=1\n\ndata: x')).toBe(': entry=1 data: x\n\n');
    expect(await dataOf(parts(encodeSseComment('a'), sseDone))).toEqual(['[DONE]']);
  });
});
