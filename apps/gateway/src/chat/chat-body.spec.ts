import { describe, expect, it } from '@jest/globals';
import { ServiceError } from '#contracts';
import { readChatBody, wantsUsage } from './chat-body.js';

const messages = [{ role: 'user', content: 'hi' }];

describe('chat body', () => {
  it('lets unknown members and every content shape through untouched', () => {
    const body = {
      model: 'm',
      messages: [
        { role: 'developer', content: 'be brief' },
        { role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } }] },
        { role: 'assistant', content: null, tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f' } }] },
        { role: 'tool', tool_call_id: 'c1', content: '42' },
      ],
      temperature: null,
      x_unknown: { a: 1 },
    };
    expect(readChatBody(body)).toBe(body);
  });

  it.each([
    [undefined, 'body'],
    [[], 'body'],
    ['text', 'body'],
    [{ messages }, 'model'],
    [{ model: 7, messages }, 'model'],
    [{ model: '', messages }, 'model'],
    [{ model: 'a\nb', messages }, 'model'],
    [{ model: 'm' }, 'messages'],
    [{ model: 'm', messages: 'hi' }, 'messages'],
    [{ model: 'm', messages: [] }, 'messages'],
    [{ model: 'm', messages: ['hi'] }, 'messages.0'],
    [{ model: 'm', messages: [...messages, { content: 'hi' }] }, 'messages.1.role'],
    [{ model: 'm', messages: [{ role: 'user', content: 7 }] }, 'messages.0.content'],
    [{ model: 'm', messages, temperature: 'hot' }, 'temperature'],
    [{ model: 'm', messages, stream: 'yes' }, 'stream'],
    [{ model: 'm', messages, tools: {} }, 'tools'],
    [{ model: 'm', messages, stream_options: { include_usage: 'x' } }, 'stream_options.include_usage'],
  ])('refuses %j naming %s', (body, param) => {
    expect.assertions(1);
    try {
      readChatBody(body);
    } catch (fault) {
      expect((fault as ServiceError).details.param).toBe(param);
    }
  });

  it('knows whether the usage chunk is wanted', () => {
    expect(wantsUsage(readChatBody({ model: 'm', messages, stream_options: { include_usage: true } }))).toBe(true);
    expect(wantsUsage(readChatBody({ model: 'm', messages, stream_options: null }))).toBe(false);
  });
});
