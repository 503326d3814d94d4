import { wholeSuite } from './behaviours/whole-suite.js';
import { startRedis } from './redis/index.js';

wholeSuite('split: two gateways and two caches, over Streams', {
  topology: 'split',
  gateways: 2,
  caches: 2,
  redis: () => startRedis(),
});
