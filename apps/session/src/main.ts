import { runService } from '#service';
import { PreparedCountingModule } from './prepared-counting.module.js';
import { SessionModule } from './session.module.js';

const modules = [SessionModule, PreparedCountingModule];

await runService({ name: 'session', defaultPort: 8083, modules, rpc: 'streams', needsRedis: true });
