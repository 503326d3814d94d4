import type { INestApplication } from '@nestjs/common';
import { LocalServer } from './local-server.js';
import { StreamsBus } from './streams-bus.js';
import { StreamsServer } from './streams-server.js';

/** Connects the strategies that the options ask for and starts to serve; main.ts need not know which. */
export async function connectTransport(app: INestApplication): Promise<void> {
  const { rpc } = app.get(StreamsBus, { strict: false }).options;
  if (rpc === 'local') app.connectMicroservice({ strategy: app.get(LocalServer, { strict: false }) });
  app.connectMicroservice({ strategy: app.get(StreamsServer, { strict: false }) });
  await app.startAllMicroservices();
}
