import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { chatDialect } from '../chat/chat-dialect.js';
import type { Json, JsonObject } from './canonical-json.js';
import type { Dialect, RequestBody } from './dialect.js';
import { questionKeys, type Boundaries } from './exact-key.js';

const answerNeutralMembers = chatDialect.neutralMembers;

function keysOf(body: JsonObject, boundaries: Boundaries = {}, dialect: Dialect = chatDialect) {
  const messages = body['messages'];
  const isChat = Array.isArray(messages) && messages.every((each) => typeof each === 'object' && each !== null);
  const turn = isChat ? dialect.turnOf(body as RequestBody) : undefined;
  return questionKeys(dialect, body as RequestBody, turn?.heldOut, boundaries);
}

const exactKey = (body: JsonObject, boundaries: Boundaries = {}) => keysOf(body, boundaries)?.exactKey;
const frameOf = (body: JsonObject) => keysOf(body)?.frame;

const body = {
  model: 'gpt-4o',
  messages: [{ role: 'user', content: 'What is Redis?' }],
  temperature: 0.5,
  tools: [{ type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }],
  tool_choice: 'auto',
} satisfies JsonObject;

const memberName = fc
  .string({ minLength: 1 })
  .filter((name) => !answerNeutralMembers.has(name) && name !== '__proto__');
const exactValue = fc
  .jsonValue({ maxDepth: 3 })
  .filter((value) => !/\d{16}|e\+/.test(JSON.stringify(value))) as fc.Arbitrary<Json>;

describe('exact key', () => {
  it('never changes its form unnoticed: golden vectors', () => {
    expect(exactKey({ model: 'm', messages: [{ role: 'user', content: 'hi' }] }, {})).toBe(
      '015b42ed9a145f227609e4730138dc5cf818b4c4d990841d257435f378d1ac99',
    );
    expect(exactKey(body, { locale: 'de-AT', attributes: { team: 'a' } })).toBe(
      '0de6e689ed4e15d231af689bf66fd56d4a77fbf48570967ca82a7366f7ae6a5e',
    );
  });

  it('changes when any member outside the deny-list changes, known or unknown', () => {
    fc.assert(
      fc.property(memberName, exactValue, exactValue, (name, before, after) => {
        fc.pre(JSON.stringify(canonical(before)) !== JSON.stringify(canonical(after)));
        expect(exactKey({ ...body, [name]: before }, {})).not.toBe(exactKey({ ...body, [name]: after }, {}));
      }),
    );
  });

  it('changes when a member outside the deny-list is added or left out', () => {
    fc.assert(
      fc.property(memberName, exactValue, (name, value) => {
        const { [name as 'model']: _left, ...without } = body;
        expect(exactKey({ ...without, [name]: value }, {})).not.toBe(exactKey(without, {}));
      }),
    );
  });

  it.each(Object.keys(body))('changes when %s is left out', (name) => {
    const { [name as 'model']: _left, ...without } = body;
    expect(exactKey(without, {})).not.toBe(exactKey(body, {}));
  });

  it('changes with anything inside a message, a part or a tool', () => {
    const image = (url: string) => ({
      ...body,
      messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }],
    });
    expect(exactKey(image('data:image/png;base64,AA=='), {})).not.toBe(
      exactKey(image('data:image/png;base64,AQ=='), {}),
    );
  });

  it.each([...answerNeutralMembers])('does not change with %s', (name) => {
    fc.assert(
      fc.property(exactValue, (value) => {
        expect(exactKey({ ...body, [name]: value }, {})).toBe(exactKey(body, {}));
      }),
      { numRuns: 20 },
    );
  });

  it('does not depend on the order of members, white space or the spelling of numbers', () => {
    const spellings = [
      '{"model":"m","temperature":1,"messages":[{"role":"user","content":"é"}]}',
      '{ "messages" : [ { "content" : "\\u00e9", "role":"user" } ],\n "temperature": 1.0, "model":"m" }',
      '{"temperature":10e-1,"messages":[{"role":"user","content":"\\u00E9"}],"model":"m"}',
    ];
    const keys = spellings.map((text) => exactKey(JSON.parse(text) as JsonObject, {}));
    expect(new Set(keys).size).toBe(1);
  });

  it('parts boundaries: none is a value of its own, and no two can be confused', () => {
    const keys = [
      exactKey(body, {}),
      exactKey(body, { locale: 'de' }),
      exactKey(body, { safety: 'de' }),
      exactKey(body, { namespace: 'de' }),
      exactKey(body, { attributes: { locale: 'de' } }),
      exactKey(body, { attributes: { a: 'b', c: 'd' } }),
      exactKey(body, { attributes: { a: 'b,c=d' } }),
      exactKey(body, { modelRevision: 'de' }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('parts the dialects: no API answers for another', () => {
    const other: Dialect = { ...chatDialect, name: 'responses' };
    expect(keysOf(body, {}, other)?.exactKey).not.toBe(exactKey(body));
    expect(keysOf(body, {}, other)?.frame).not.toBe(frameOf(body));
  });

  it('gives no key to a body whose numbers JSON cannot tell apart', () => {
    const seeded = (seed: string) => JSON.parse(`{"model":"m","seed":${seed}}`) as JsonObject;
    expect(exactKey(seeded('9007199254740993'), {})).toBeUndefined();
    expect(exactKey(seeded('9007199254740991'), {})).toMatch(/^[0-9a-f]{64}$/);
  });
});

const asking = (content: Json, before: readonly Json[] = [], more: JsonObject = {}): JsonObject => ({
  ...body,
  ...more,
  messages: [...before, { role: 'user', content }],
});
const text = (value: string): JsonObject => ({ type: 'text', text: value });
const image = (url: string): JsonObject => ({ type: 'image_url', image_url: { url } });

describe('frame', () => {
  it('is the same whatever the last user turn says, and the exact key is not', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (said) => {
        fc.pre(said.trim() !== '' && said !== 'What is Redis?');
        expect(frameOf(asking(said))).toBe(frameOf(body));
        expect(exactKey(asking(said))).not.toBe(exactKey(body));
      }),
    );
  });

  it('changes with anything else: earlier turns, settings, images, the shape and the order of the parts', () => {
    const bodies = [
      body,
      asking('What is Redis?', [{ role: 'system', content: 'Be brief.' }]),
      asking('What is Redis?', [], { model: 'gpt-4o-mini' }),
      asking('What is Redis?', [], { temperature: 0.6 }),
      asking('What is Redis?', [], { x_new: 1 }),
      asking([text('What is Redis?')]),
      asking([text('What is'), text('Redis?')]),
      asking([text('What is Redis?'), image('data:,a')]),
      asking([text('What is Redis?'), image('data:,b')]),
      asking([image('data:,b'), text('What is Redis?')]),
      asking([{ type: 'text', text: null }, text('What is Redis?')]),
      asking([text('What is Redis?'), { type: 'text', text: null }]),
    ];
    expect(new Set(bodies.map(frameOf)).size).toBe(bodies.length);
  });

  it('changes with every boundary, and not with what cannot change the answer', () => {
    const boundaries: Boundaries[] = [
      {},
      { locale: 'de' },
      { safety: 'de' },
      { namespace: 'de' },
      { attributes: { a: 'de' } },
      { modelRevision: 'de' },
    ];
    expect(new Set(boundaries.map((each) => keysOf(body, each)?.frame)).size).toBe(boundaries.length);
    expect(frameOf({ ...body, user: 'u-1', stream: true, metadata: { a: 'b' } })).toBe(frameOf(body));
  });
});

function canonical(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return (value as Json[]).map(canonical);
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, canonical(member)]),
  );
}
