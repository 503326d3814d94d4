import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { CacheScope } from '#contracts';
import { GatheredUses } from './gathered-uses.js';
import type { CountedUse } from './statistics.repository.js';

const scope = { tenant: 'acme', cacheId: 'default' };
const day = '2026-11-21';

describe('uses of one turn of the event loop', () => {
  it('are counted at once, by cache, day and model', async () => {
    const counted: [CacheScope, CountedUse][] = [];
    const count = async (...use: [CacheScope, CountedUse]) => void counted.push(use);
    const uses = new GatheredUses({ count }, () => undefined);
    const hit = { hitsExact: 1, tokensSaved: 5 };
    for (const model of ['a:1', 'b', 'a:1']) uses.add(scope, { day, model, increments: hit });
    uses.add(scope, { day, model: 'b', increments: { stores: 1 } });
    uses.add({ ...scope, cacheId: 'faq' }, { day, model: 'b', increments: hit });
    expect(counted).toEqual([]);
    await turn();
    expect(counted).toEqual([
      [scope, { day, model: 'a:1', increments: { hitsExact: 2, tokensSaved: 10 } }],
      [scope, { day, model: 'b', increments: { hitsExact: 1, tokensSaved: 5, stores: 1 } }],
      [
        { ...scope, cacheId: 'faq' },
        { day, model: 'b', increments: hit },
      ],
    ]);
  });

  it('are reported as lost when Redis cannot take them, and the next ones are not', async () => {
    let [calls, lost] = [0, 0];
    const count = () => (calls++ === 0 ? Promise.reject(new Error('away')) : Promise.resolve());
    const uses = new GatheredUses({ count }, () => (lost += 1));
    for (let times = 0; times < 2; times += 1) {
      uses.add(scope, { day, model: '', increments: { stores: 1 } });
      await turn();
    }
    expect({ calls, lost }).toEqual({ calls: 2, lost: 1 });
  });
});
