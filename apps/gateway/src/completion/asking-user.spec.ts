import { describe, expect, it } from '@jest/globals';
import { askingUser } from './asking-user.js';

const body = (user?: string | null) => ({ model: 'm', ...(user !== undefined && { user }) });

describe('the user who asks', () => {
  it('is the one that the key is pinned to, then the header, then the body', () => {
    const headers = { 'x-larder-user': 'by-header' };
    expect(askingUser({ userId: 'pinned' }, headers, body('by-body'))).toBe('pinned');
    expect(askingUser({}, headers, body('by-body'))).toBe('by-header');
    expect(askingUser({}, {}, body('Zoë <zoe@example.org>'))).toBe('Zoë <zoe@example.org>');
  });

  it.each([undefined, null, ''])('is unknown when the body says %j', (user) => {
    expect(askingUser({}, {}, body(user))).toBeUndefined();
  });

  it.each([
    [{ 'x-larder-user': '' }, undefined, 'x-larder-user'],
    [{ 'x-larder-user': 'u'.repeat(513) }, undefined, 'x-larder-user'],
    [{ 'x-larder-user': ['a', 'b'] }, undefined, 'x-larder-user'],
    [{}, 'a\nb', 'user'],
  ])('refuses %j and %j naming %s', (headers, user, param) => {
    expect(() => askingUser({}, headers, body(user))).toThrow(`Invalid '${param}'`);
  });
});
