import { runService } from '#service';
import { WorkerModule } from './worker.module.js';

await runService({ name: 'worker', defaultPort: 8085, modules: [WorkerModule], rpc: 'streams', needsRedis: true });
