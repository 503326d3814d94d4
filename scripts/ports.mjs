import { createServer } from 'node:net';
import { Refusal } from './workspace.mjs';

function listenOnce(port, host) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host, exclusive: true }, () => {
      const { port: found } = server.address();
      server.close(() => resolve(found));
    });
  });
}

/** A port that the operating system says is free on loopback. */
export const freePort = () => listenOnce(0, '127.0.0.1');

/** Refuses early and clearly, before anything is installed or started. */
export async function requireFreePort(port, host, advice) {
  try {
    await listenOnce(port, host);
  } catch (error) {
    if (error.code === 'EADDRINUSE')
      throw new Refusal(`Port ${port} on ${host} is in use by another program. ${advice}`);
    if (error.code === 'EACCES') throw new Refusal(`Port ${port} on ${host} needs more rights. ${advice}`);
    throw new Refusal(`Cannot listen on ${host}:${port}: ${error.message}. ${advice}`);
  }
}
