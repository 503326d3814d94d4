import { runService } from '#service';
import { RatelimitModule } from './ratelimit.module.js';

await runService({ name: 'ratelimit', defaultPort: 8082, modules: [RatelimitModule], rpc: 'streams' });
