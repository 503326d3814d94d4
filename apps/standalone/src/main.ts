import { runService } from '#service';
import { CacheModule } from '../../cache/src/cache.module.js';
import { GatewayModule } from '../../gateway/src/gateway.module.js';
import { RatelimitModule } from '../../ratelimit/src/ratelimit.module.js';
import { SessionModule } from '../../session/src/session.module.js';
import { WorkerModule } from '../../worker/src/worker.module.js';

await runService({
  name: 'standalone',
  defaultPort: 8080,
  // The gateway's pass-through takes every path that is left, so its module comes last.
  modules: [CacheModule, RatelimitModule, SessionModule, WorkerModule, GatewayModule],
  rpc: 'local',
});
