import type { LimitPolicy } from '#contracts';

/** Policies that are always there, by name, until somebody sets one of the same name. Nobody is assigned to them. */
export const presetPolicies: readonly LimitPolicy[] = [
  {
    name: 'requests-60-per-user-minute',
    limits: [
      {
        name: 'requests-per-minute',
        scope: ['user'],
        unit: 'requests',
        algorithm: 'token-bucket',
        capacity: 60,
        windowSeconds: 60,
      },
    ],
  },
  {
    name: 'tokens-100k-per-user-day',
    limits: [
      {
        name: 'tokens-per-day',
        scope: ['user'],
        unit: 'tokens',
        algorithm: 'calendar-window',
        capacity: 100_000,
        period: 'day',
        timeZone: 'UTC',
      },
    ],
  },
];
