import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Server } from 'node:http';
import { ServiceEnv } from './env.js';
import { Readiness } from './readiness.js';

const sweepMs = 100;

/** Turns readiness red, lets requests under way finish, and after the drain time closes what is left of them. */
@Injectable()
export class Shutdown implements BeforeApplicationShutdown {
  private begun = false;

  constructor(
    private readonly env: ServiceEnv,
    private readonly readiness: Readiness,
    private readonly host: HttpAdapterHost,
  ) {}

  beforeApplicationShutdown(): void {
    if (this.begun) return;
    this.begun = true;
    this.readiness.drain();
    const server = this.host.httpAdapter.getHttpServer() as Server;
    // Node closes idle connections once: those that fall idle later would hold the server open.
    const sweep = setInterval(() => server.closeIdleConnections(), sweepMs).unref();
    server.once('close', () => clearInterval(sweep));
    setTimeout(() => server.closeAllConnections(), this.env.drainMs).unref();
  }
}
