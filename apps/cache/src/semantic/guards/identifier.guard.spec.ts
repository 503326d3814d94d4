import { describe, expect, it } from '@jest/globals';
import { analyse } from './analysis.js';
import { identifierGuard } from './identifier.guard.js';

describe('identifier guard: names in code', () => {
  const vetoes = (a: string, b: string): boolean => identifierGuard.vetoes(analyse(a), analyse(b));

  it.each([
    ['camel case', 'What does useState do?', 'What does useEffect do?'],
    ['snake case', 'Explain get_user', 'Explain set_user'],
    ['paths', 'Edit /etc/hosts', 'Edit /etc/fstab'],
    ['flags', 'What does -r do?', 'What does -i do?'],
    ['addresses', 'Write to a@x.org', 'Write to b@x.org'],
    ['URLs', 'Open https://x.org/a', 'Open https://x.org/b'],
    ['exchanged files', 'Copy a.txt to b.txt', 'Copy b.txt to a.txt'],
    ['codes', 'Fix 0x80070057', 'Fix 0x80070005'],
    ['UUIDs', 'Show 7f3c2a10-9b1e-4c55-8d7e-1a2b3c4d5e6f', 'Show 7f3c2a10-9b1e-4c55-8d7e-1a2b3c4d5e60'],
    ['members', 'What is np.zeros?', 'What is np.ones?'],
  ])('vetoes %s', (_, a, b) => {
    expect([vetoes(a, b), vetoes(b, a)]).toEqual([true, true]);
  });

  it.each([
    ['case', 'What does useState do?', 'what does usestate do'],
    ['parentheses', 'What does sort() do?', 'What does sort do?'],
    ['place in the sentence', 'Use get_user, please', 'please use get_user'],
  ])('lets pass %s', (_, a, b) => {
    expect([vetoes(a, b), vetoes(b, a)]).toEqual([false, false]);
  });
});
