import { Controller, Get, Res, ServiceUnavailableException } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { HealthCheckService, HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import type { FastifyReply } from 'fastify';
import { Public } from './principal.js';
import { Readiness } from './readiness.js';

/** Probes for Compose and Kubernetes. */
@ApiExcludeController()
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly readiness: Readiness,
  ) {}

  /** The process turns; restarting it cures nothing else. */
  @Public()
  @Get('live')
  live(@Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    return this.check(reply, [() => this.indicators.check('process').up()]);
  }

  /** Requests may be sent here. */
  @Public()
  @Get('ready')
  ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    return this.check(reply, this.readiness.checks());
  }

  /** Everything needed was there once. */
  @Public()
  @Get('startup')
  startup(@Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    const indicator = this.indicators.check('startup');
    return this.check(reply, [() => (this.readiness.started() ? indicator.up() : indicator.down())]);
  }

  private async check(reply: FastifyReply, checks: (() => HealthIndicatorResult)[]): Promise<object> {
    try {
      return await this.health.check(checks);
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      void reply.code(503);
      return error.getResponse() as object;
    }
  }
}
