export { hasOpenssl } from './certificate.js';
export { startCluster, type RunningCluster } from './start-cluster.js';
export { startRedis, type RunningRedis, type StartRedisOptions } from './start-redis.js';
export { startSentinel, type RunningSentinel } from './start-sentinel.js';
export { until } from './until.js';
export { watchCommands } from './watch-commands.js';
