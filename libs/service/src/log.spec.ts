import { beforeEach, describe, expect, it } from '@jest/globals';
import { createLog } from './log.js';

const lines: string[] = [];
const log = createLog('probe', 'info', { write: (line) => void lines.push(line) });

describe('the log', () => {
  beforeEach(() => void (lines.length = 0));

  it('writes JSON lines with a level, a time and the service', () => {
    log.child({ requestId: 'r' }).info('hello', { count: 1 });
    expect(JSON.parse(lines[0]!)).toMatchObject({
      level: 'info',
      service: 'probe',
      msg: 'hello',
      count: 1,
      requestId: 'r',
    });
  });

  it('strikes out what should not have been logged', () => {
    log.warn('oops', {
      authorization: 'hidden',
      request: { headers: { authorization: 'hidden' }, body: 'hidden' },
      options: { redis: { password: 'hidden' } },
      prompt: 'hidden',
    });
    expect(lines[0]).not.toContain('hidden');
  });

  it('tells the kind and place of an error, not the members that libraries hang on it', () => {
    const error = Object.assign(new Error('no', { cause: new TypeError('deeper') }), { command: { args: ['hidden'] } });
    log.error('failed', { error });
    const { error: told } = JSON.parse(lines[0]!) as { error: { stack: string } };
    expect(told).toMatchObject({ type: 'Error', message: 'no', cause: { type: 'TypeError', message: 'deeper' } });
    expect(told.stack).toContain('log.spec');
    expect(lines[0]).not.toContain('hidden');
  });

  it('does not repeat the text that could not be parsed', () => {
    let error: unknown;
    try {
      JSON.parse('hidden');
    } catch (caught) {
      error = caught;
    }
    log.error('failed', { error });
    expect(lines[0]).not.toMatch(/hidden|hid/);
  });
});
