import { wholeSuite } from './behaviours/whole-suite.js';
import { startCluster } from './redis/index.js';

wholeSuite('split, on a Redis Cluster of three masters', {
  topology: 'split',
  gateways: 2,
  caches: 2,
  redis: () => startCluster(),
});
