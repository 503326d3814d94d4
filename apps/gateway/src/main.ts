import { runService } from '#service';
import { GatewayModule } from './gateway.module.js';

await runService({ name: 'gateway', defaultPort: 8080, modules: [GatewayModule], rpc: 'streams' });
