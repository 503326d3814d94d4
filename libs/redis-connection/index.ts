export { DeadlineWheel, type Expirable } from './src/deadline-wheel.js';
export { defineScript, type RedisScript, type ScriptDefinition, type ScriptInput } from './src/define-script.js';
export { type RoleStatus } from './src/command-connection.js';
export { RedisConnectionModule } from './src/redis-connection.module.js';
export { RedisConnections, type RoleSnapshot } from './src/redis-connections.js';
export { RedisHealthIndicator } from './src/redis-health.indicator.js';
export { RedisUnavailableError } from './src/redis-unavailable-error.js';
export { parseRedisUrl, RedisUrlError, type RedisAddress, type RedisTarget } from './src/redis-url.js';
export {
  redisRoles,
  type RedisClient,
  type RedisConnectionOptions,
  type RedisLog,
  type RedisRole,
  type RedisTls,
} from './src/redis-options.js';
