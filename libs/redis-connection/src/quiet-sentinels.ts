import type { Redis } from 'ioredis';

interface SentinelAsking {
  connectToSentinel?(...args: unknown[]): Redis;
}

/**
 * Keeps ioredis from printing a stack to the console whenever a sentinel that it listens to for failovers is away:
 * the others suffice, and it gives those clients no error handler.
 */
export function quietSentinels(client: Redis): Redis {
  const connector = (client as unknown as { connector: SentinelAsking }).connector;
  const connect = connector.connectToSentinel?.bind(connector);
  if (connect !== undefined) {
    connector.connectToSentinel = (...args) => connect(...args).on('error', () => undefined);
  }
  return client;
}
