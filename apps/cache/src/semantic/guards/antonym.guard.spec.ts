import { describe, expect, it } from '@jest/globals';
import { analyse } from './analysis.js';
import { antonymGuard } from './antonym.guard.js';

describe('antonym guard: opposites', () => {
  const vetoes = (a: string, b: string): boolean => antonymGuard.vetoes(analyse(a), analyse(b));

  it.each([
    ['enable and disable', 'How do I enable it?', 'How do I disable it?'],
    ['increase and decrease', 'Increase the volume', 'Decrease the volume'],
    ['particles', 'Turn the wifi on', 'Turn the wifi off'],
    ['log in and out', 'How do I log in to it?', 'How do I log out of it?'],
    ['before and after', 'What should I eat before running?', 'What should I eat after running?'],
    ['superlatives', 'The highest peak', 'The lowest peak'],
    ['pros and cons', 'Pros of cars', 'Cons of cars'],
    ['inflections', 'Buying a house', 'Selling a house'],
  ])('vetoes %s', (_, a, b) => {
    expect([vetoes(a, b), vetoes(b, a)]).toEqual([true, true]);
  });

  it.each([
    ['the same particle', 'Turn off the light', 'Switch the light off'],
    ['both poles on both sides', 'Difference between buying and selling', 'Difference between selling and buying'],
    ['words of one pole', 'Remove a file', 'Delete a file'],
    ['words on one side only', 'How long is it open?', 'For how long is it open?'],
  ])('lets pass %s', (_, a, b) => {
    expect([vetoes(a, b), vetoes(b, a)]).toEqual([false, false]);
  });
});
