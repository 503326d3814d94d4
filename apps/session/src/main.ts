import { runService } from '#service';
import { SessionModule } from './session.module.js';

await runService({ name: 'session', defaultPort: 8083, modules: [SessionModule], rpc: 'streams', needsRedis: true });
