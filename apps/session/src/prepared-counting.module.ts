import { Module, type OnApplicationBootstrap } from '@nestjs/common';
import { TokenCounter } from './message/token-counter.js';
import { SessionModule } from './session.module.js';

/**
 * Has messages counted from the start, at the price of some 70 MB. `standalone` does without: it loads what it needs when the first
 * session is made or asked for.
 */
@Module({ imports: [SessionModule] })
export class PreparedCountingModule implements OnApplicationBootstrap {
  constructor(private readonly tokens: TokenCounter) {}

  onApplicationBootstrap(): void {
    this.tokens.prepare();
  }
}
