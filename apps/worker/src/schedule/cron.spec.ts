import { describe, expect, it } from '@jest/globals';
import { cronFault, dueTicks, missedAfterMs, mostMissed, nextTick } from './cron.js';

const at = (iso: string) => Date.parse(iso);
const iso = (time: number) => new Date(time).toISOString();

/** The ticks after a time, one behind the other. */
function ticks(cron: string, timeZone: string, after: string, count: number): string[] {
  const found: string[] = [];
  for (let time = at(after); found.length < count; found.push(iso(time))) time = nextTick(cron, timeZone, time);
  return found;
}

describe('ticks of a schedule', () => {
  it('follow the clock of their zone over a change to daylight-saving time', () => {
    expect(ticks('0 9 * * *', 'Europe/Berlin', '2026-03-27T12:00:00Z', 3)).toEqual([
      '2026-03-28T08:00:00.000Z',
      '2026-03-29T07:00:00.000Z',
      '2026-03-30T07:00:00.000Z',
    ]);
  });

  it('happen once on the day on which their hour does not exist', () => {
    const found = ticks('30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', 3);
    expect(found.map((tick) => tick.slice(0, 10))).toEqual(['2026-03-29', '2026-03-30', '2026-03-31']);
  });

  it('happen once on the day on which their hour comes twice', () => {
    const found = ticks('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', 3);
    expect(found.map((tick) => tick.slice(0, 10))).toEqual(['2026-10-25', '2026-10-26', '2026-10-27']);
  });

  it('of every hour go on through both changes', () => {
    for (const day of ['2026-03-29', '2026-10-25']) {
      const found = ticks('0 * * * *', 'Europe/Berlin', `${day}T00:00:00Z`, 6).map(at);
      expect(found.slice(1).map((tick, index) => tick - found[index]!)).toEqual([
        3600000, 3600000, 3600000, 3600000, 3600000,
      ]);
    }
  });

  it.each([
    ['* * * *', 'UTC', 'cron'],
    ['61 * * * *', 'UTC', 'cron'],
    ['0 0 30 2 *', 'UTC', 'cron'],
    ['tomorrow', 'UTC', 'cron'],
    ['', 'UTC', 'cron'],
    ['* * * * *', 'Mars/Olympus', 'timeZone'],
  ])('%j in %j are refused', (cron, timeZone, param) => {
    expect(cronFault(cron, timeZone)).toMatchObject({ param });
  });

  it('of five and six fields are taken', () => {
    expect(cronFault('*/5 * * * *', 'America/New_York')).toBeUndefined();
    expect(cronFault('*/5 * * * * *', 'UTC')).toBeUndefined();
  });
});

describe('missed ticks', () => {
  const tick = at('2026-11-21T10:00:00Z');
  const due = (missed: 'skip' | 'once' | 'all', now: string) =>
    dueTicks({ cron: '0 * * * *', timeZone: 'UTC', missed }, tick, at(now));

  it('are none where a worker was there in time', () => {
    for (const missed of ['skip', 'once', 'all'] as const) {
      expect(due(missed, '2026-11-21T10:00:01Z')).toEqual({ fire: [tick], next: at('2026-11-21T11:00:00Z') });
    }
  });

  it('make no job, one, or one each', () => {
    const now = '2026-11-21T13:30:00Z';
    const next = at('2026-11-21T14:00:00Z');
    expect(due('skip', now)).toEqual({ fire: [], next });
    expect(due('once', now)).toEqual({ fire: [at('2026-11-21T13:00:00Z')], next });
    expect(due('all', now).fire.map(iso)).toHaveLength(4);
  });

  it('make no second job beside a tick that is in time', () => {
    const now = iso(at('2026-11-21T13:00:00Z') + missedAfterMs / 2);
    for (const missed of ['skip', 'once'] as const) expect(due(missed, now).fire).toEqual([at('2026-11-21T13:00:00Z')]);
  });

  it('are bounded after a long absence', () => {
    const rule = { cron: '* * * * * *', timeZone: 'UTC', missed: 'all' } as const;
    const { fire, next } = dueTicks(rule, tick, tick + 86_400_000);
    expect(fire).toHaveLength(mostMissed);
    expect(next).toBeGreaterThan(tick + 86_400_000);
  });
});
