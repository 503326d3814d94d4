import { runService } from '#service';
import { CacheModule } from './cache.module.js';

await runService({ name: 'cache', defaultPort: 8081, modules: [CacheModule], rpc: 'streams' });
