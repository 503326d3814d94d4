import { wholeSuite } from './behaviours/whole-suite.js';
import { startRedis } from './redis/index.js';

wholeSuite('standalone: one process', { topology: 'standalone', redis: () => startRedis() });
