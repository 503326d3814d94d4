import { describe, expect, it } from '@jest/globals';
import { IsArray, IsIn, IsInt, IsOptional, IsString, Matches, Max, ValidateIf, ValidateNested } from 'class-validator';
import { Nested } from '#contracts';
import { validatePayload } from './payload-validation.js';

class Parent {
  @Matches(/^[a-z]+$/)
  id: string;
}

class Message extends Parent {
  @IsString()
  text: string;

  @IsOptional()
  @IsInt()
  @Max(10)
  count?: number;

  @IsOptional()
  @IsArray()
  @IsString({ each: true })
  tags?: string[];

  @ValidateIf((message: Message) => message.count === 7)
  @IsIn(['seven'])
  name?: string;
}

class Inner {
  @IsString()
  text: string;
}

class Outer {
  @ValidateNested()
  inner: Inner;
}

class Whole {
  @Nested(() => Message)
  one: Message;

  @IsOptional()
  @IsArray()
  @Nested(() => Inner, { each: true })
  many?: Inner[];
}

const good = { id: 'abc', text: 'x', count: 3, tags: ['a', 'b'], unknown: { kept: true } };

describe('a payload', () => {
  it('that keeps the rules becomes an instance of its class, with every member', () => {
    const message = validatePayload(Message, good);
    expect(message).toBeInstanceOf(Message);
    expect({ ...message }).toEqual(good);
  });

  it.each([
    [{ ...good, id: 'ABC' }, 'id'],
    [{ ...good, text: 7 }, 'text'],
    [{ ...good, count: 11 }, 'count'],
    [{ ...good, count: 1.5 }, 'count'],
    [{ ...good, tags: ['a', 7] }, 'tags'],
    [{ ...good, tags: 'a' }, 'tags'],
    [{ ...good, count: 7, name: 'six' }, 'name'],
    [{}, 'text'],
  ])('that breaks one is refused by name: %j', (payload, param) => {
    expect(() => validatePayload(Message, payload)).toThrow(
      expect.objectContaining({ code: 'invalid_request', details: expect.objectContaining({ param }) }),
    );
  });

  it('names every fault and no value', () => {
    const payload = { ...good, text: 7, count: 'secret' };
    try {
      validatePayload(Message, payload);
      throw new Error('accepted');
    } catch (error) {
      const { faults } = (error as { details: { faults: string[] } }).details;
      expect(faults).toEqual(expect.arrayContaining(['text must be a string', 'count must be an integer number']));
      expect(JSON.stringify(faults)).not.toContain('secret');
    }
  });

  it.each([null, undefined, 'text', 7, [good]])('that is no object is refused: %j', (payload) => {
    expect(() => validatePayload(Message, payload)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });

  it.each(['{"__proto__":{"id":"abc"}}', '{"constructor":{"name":"Other"}}'])('cannot choose its rules: %s', (text) => {
    expect(() => validatePayload(Message, { ...good, ...(JSON.parse(text) as object) })).not.toThrow(TypeError);
    const payload = JSON.parse(text) as object;
    expect(() => validatePayload(Message, payload)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });

  it('with a nested message is left to class-validator', () => {
    expect(() => validatePayload(Outer, { inner: 'x' })).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });

  it('gives nested messages their class', () => {
    const whole = validatePayload(Whole, { one: good, many: [{ text: 'a' }, { text: 'b' }] });
    expect(whole.one).toBeInstanceOf(Message);
    expect(whole.many).toEqual([{ text: 'a' }, { text: 'b' }]);
    expect(validatePayload(Whole, { one: good }).many).toBeUndefined();
  });

  it.each([
    ['a member of one', { one: { ...good, count: 11 } }, 'one.count must not be greater than 10'],
    ['one that is none', { one: 7 }, 'nested property one must be either object or array'],
    ['a list in place of one', { one: [{ ...good, text: 7 }] }, 'one.0.text must be a string'],
    ['a member of one of many', { one: good, many: [{ text: 'a' }, {}] }, 'many.1.text must be a string'],
    ['one of many that is none', { one: good, many: [7] }, 'each value in nested property many'],
    ['many that are none', { one: good, many: { text: 'a' } }, 'many must be an array'],
  ])('is refused for %s', (_, payload, fault) => {
    expect(() => validatePayload(Whole, payload)).toThrow(
      expect.objectContaining({
        details: expect.objectContaining({ faults: expect.arrayContaining([expect.stringContaining(fault)]) }),
      }),
    );
  });

  it('cannot choose the rules of nested messages', () => {
    const payload = { one: good, many: [JSON.parse('{"__proto__":{"text":"abc"}}') as object] };
    expect(() => validatePayload(Whole, payload)).toThrow('reserved member');
  });
});
