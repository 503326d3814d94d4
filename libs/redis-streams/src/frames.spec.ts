import { describe, expect, it } from '@jest/globals';
import {
  decodeEvent,
  decodeReplies,
  decodeRequest,
  encodeEvent,
  encodeReply,
  encodeRequest,
  ReplyKind,
} from './frames.js';
import { FrameSeal } from './frame-seal.js';
import { randomId } from './random-id.js';

const request = {
  id: randomId(),
  topic: 'cache.lookUp',
  replyTo: randomId(),
  deadline: 1_700_000_000_000,
  caller: 'gateway/1',
  tenant: 'acme',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  window: 32,
  data: { text: 'grüße "quoted"\n' },
};

describe('frames', () => {
  it('come back as they went', () => {
    expect(decodeRequest(encodeRequest(request))).toEqual(request);
    const { replyTo: _replyTo, window: _window, ...event } = request;
    expect(decodeEvent(encodeEvent(event))).toEqual(event);
    const replies = [
      encodeReply([request.id, ReplyKind.result, undefined]),
      encodeReply([request.id, ReplyKind.end, 3]),
    ];
    expect(decodeReplies(`[${replies.join(',')}]`)).toEqual([
      [request.id, ReplyKind.result, null],
      [request.id, ReplyKind.end, 3],
    ]);
  });

  it.each([
    '',
    '{',
    'null',
    '7',
    '[]',
    '{}',
    JSON.stringify({ i: 'x', p: 'a.b', r: 'not a mailbox', t: 1, c: 'x' }),
    JSON.stringify({ i: 'x'.repeat(200), p: 'a.b', r: randomId(), t: 1, c: 'x' }),
    JSON.stringify({ i: 'x', p: 'a.b', r: randomId(), t: 'soon', c: 'x' }),
    JSON.stringify({ i: 'x', p: 'a.b', r: randomId(), t: 1, c: 'x', w: -1 }),
  ])('that are no request are told apart: %s', (text) => {
    expect(decodeRequest(text)).toBeUndefined();
  });

  it.each(['', '{}', '[1]', '[["id"]]', '[{"0":"id"}]'])('that are no replies are told apart: %s', (text) => {
    expect(decodeReplies(text)).toBeUndefined();
  });

  it('that cannot be written are refused as a ServiceError', () => {
    expect(() => encodeReply([request.id, ReplyKind.result, 1n])).toThrow(
      expect.objectContaining({ code: 'internal' }),
    );
  });

  it('have ids of 128 bits that do not repeat', () => {
    const ids = Array.from({ length: 2_000 }, randomId);
    expect(ids.every((id) => /^[0-9a-f]{32}$/.test(id))).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('the seal', () => {
  const seal = new FrameSeal('secret');

  it('opens what it has sealed for the same stream', () => {
    expect(seal.open('stream', seal.seal('stream', 'text ü'))).toBe('text ü');
  });

  it('refuses another text, another stream, another secret, and none', () => {
    const sealed = seal.seal('stream', 'text');
    expect(seal.open('stream', `${sealed}!`)).toBeUndefined();
    expect(seal.open('other', sealed)).toBeUndefined();
    expect(new FrameSeal('other').open('stream', sealed)).toBeUndefined();
    expect(seal.open('stream', 'text')).toBeUndefined();
    expect(seal.open('stream', '')).toBeUndefined();
  });

  it('changes nothing without a secret', () => {
    expect(new FrameSeal().seal('stream', 'text')).toBe('text');
    expect(new FrameSeal().open('stream', 'text')).toBe('text');
  });
});
