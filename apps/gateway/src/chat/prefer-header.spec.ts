import { describe, expect, it } from '@jest/globals';
import { prefersAsync } from './prefer-header.js';

describe('Prefer: respond-async', () => {
  it.each(['respond-async', 'Respond-Async', 'return=minimal, respond-async, wait=10', 'respond-async; x=1'])(
    'is heard in %j',
    (prefer) => expect(prefersAsync(prefer)).toBe(true),
  );

  it('is heard in one of several headers', () => {
    expect(prefersAsync(['handling=lenient', 'respond-async'])).toBe(true);
  });

  it.each([undefined, '', 'return=respond-async', 'respond-asynchronously', 'wait=10'])(
    'is not meant by %j',
    (prefer) => expect(prefersAsync(prefer)).toBe(false),
  );
});
