import { describe, expect, it } from '@jest/globals';
import { TtlClassService } from './ttl-class.service.js';

const classes = new TtlClassService();

describe('the class of a question', () => {
  it('is the same however often it is asked, and depends on whether a user asks', () => {
    const asked = () => classes.classify('Where is my order?', 'ann', {});
    expect(asked()).toEqual(asked());
    expect(asked()).toMatchObject({ class: 'user-specific', store: true });
    expect(classes.classify('Where is my order?', undefined, {})).toMatchObject({ store: false });
    expect(classes.classify('Where is my order?', '', {})).toMatchObject({ store: false });
  });

  it('follows the rules of its cache', () => {
    const ttlRules = [{ name: 'all', class: 'menu', ttlSeconds: 5 }];
    const others = [{ name: 'all', class: 'other' }];
    expect(classes.classify('What is for lunch?', undefined, { ttlRules })).toMatchObject({ class: 'menu' });
    expect(classes.classify('What is for lunch?', undefined, { ttlRules: others })).toMatchObject({ class: 'other' });
    expect(classes.classify('What is for lunch?', undefined, {})).toMatchObject({ class: 'static' });
  });

  it('is told of long texts too', () => {
    expect(classes.classify(`${'lorem ipsum '.repeat(500)} where is my order?`, 'ann', {}).class).toBe('user-specific');
  });
});
