import { Injectable } from '@nestjs/common';
import type { HealthIndicatorResult } from '@nestjs/terminus';
import { TransportStatus } from './transport-status.js';

/** Ready means that requests and events are really being read. */
@Injectable()
export class TransportHealthIndicator {
  constructor(private readonly status: TransportStatus) {}

  isHealthy(key = 'transport'): HealthIndicatorResult {
    const { status } = this.status.snapshot();
    return { [key]: { status: status === 'consuming' ? 'up' : 'down', transport: status } };
  }
}
