import type { MessageHandler } from '@nestjs/microservices';
import type { Around } from './request-runner.js';
import type { StreamsBus } from './streams-bus.js';

export interface SubscriptionParts {
  readonly bus: StreamsBus;
  readonly topic: string;
  readonly group: string;
  readonly handler: MessageHandler;
  readonly around: Around;
}

export interface EventPlace {
  readonly stream: string;
  readonly group: string;
  readonly consumer: string;
}
