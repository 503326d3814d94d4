import { Module, type OnApplicationShutdown } from '@nestjs/common';
import { createUpstreams, Upstreams } from '#llm';
import { LarderConfig, Log, ServiceEnv } from '#service';
import { BackgroundChatService } from './chat/background-chat.service.js';
import { ChatController } from './chat/chat.controller.js';
import { ChatRpcController } from './chat/chat.rpc.controller.js';
import { AnswerCacheClient } from './completion/answer-cache.client.js';
import { AnswerMetrics } from './completion/answer-metrics.js';
import { AnswerStoreService } from './completion/answer-store.service.js';
import { CompletionService } from './completion/completion.service.js';
import { DepartureService } from './completion/departure.service.js';
import { LookUpService } from './completion/look-up.service.js';
import { ModelCallService } from './completion/model-call.service.js';
import { QuestionService } from './completion/question.service.js';
import { RefreshService } from './completion/refresh.service.js';
import { SingleFlightService } from './completion/single-flight.service.js';
import { ConversationService } from './conversation/conversation.service.js';
import { SessionClient } from './conversation/session.client.js';
import { TurnStartService } from './conversation/turn-start.service.js';
import { EmbeddingsFetchService } from './embeddings/embeddings-fetch.service.js';
import { EmbeddingsMetrics } from './embeddings/embeddings-metrics.js';
import { EmbeddingsUpstreamService } from './embeddings/embeddings-upstream.service.js';
import { EmbeddingsController } from './embeddings/embeddings.controller.js';
import { EmbeddingsRpcController } from './embeddings/embeddings.rpc.controller.js';
import { EmbeddingsRepository } from './embeddings/embeddings.repository.js';
import { EmbeddingsService } from './embeddings/embeddings.service.js';
import { ErasureRpcController } from './idempotency/erasure.rpc.controller.js';
import { IdempotencyRepository } from './idempotency/idempotency.repository.js';
import { OnceService } from './idempotency/once.service.js';
import { EstimateService } from './limits/estimate.service.js';
import { LimitRulesService } from './limits/limit-rules.service.js';
import { LimitsClient } from './limits/limits.client.js';
import { LimitsService } from './limits/limits.service.js';
import { SettlementService } from './limits/settlement.service.js';
import { UncountedLimitsService } from './limits/uncounted-limits.service.js';
import { KeysModule } from './keys/keys.module.js';
import { ModelRevisionsService } from './models/model-revisions.service.js';
import { ModelsController } from './models/models.controller.js';
import { PassthroughController } from './passthrough/passthrough.controller.js';
import { ResponsesController } from './responses/responses.controller.js';
import { TenantsModule } from './tenants/tenants.module.js';
import { UpstreamAccess } from './upstream-access.service.js';
import { upstreamsOptions } from './upstreams.env.js';

const upstreams = {
  provide: Upstreams,
  inject: [ServiceEnv, LarderConfig, Log],
  useFactory: (env: ServiceEnv, config: LarderConfig, log: Log) => createUpstreams(upstreamsOptions(env, config, log)),
};

/** The OpenAI-compatible edge. The pass-through comes last: it takes every path that nobody else does. */
@Module({
  imports: [KeysModule, TenantsModule],
  controllers: [
    ChatController,
    ChatRpcController,
    EmbeddingsController,
    EmbeddingsRpcController,
    ErasureRpcController,
    ModelsController,
    ResponsesController,
    PassthroughController,
  ],
  providers: [
    upstreams,
    AnswerCacheClient,
    BackgroundChatService,
    AnswerMetrics,
    AnswerStoreService,
    CompletionService,
    ConversationService,
    DepartureService,
    LookUpService,
    ModelCallService,
    ModelRevisionsService,
    QuestionService,
    RefreshService,
    SessionClient,
    SingleFlightService,
    TurnStartService,
    EmbeddingsFetchService,
    EmbeddingsMetrics,
    EmbeddingsRepository,
    EmbeddingsService,
    EmbeddingsUpstreamService,
    IdempotencyRepository,
    OnceService,
    EstimateService,
    LimitRulesService,
    LimitsClient,
    LimitsService,
    SettlementService,
    UncountedLimitsService,
    UpstreamAccess,
  ],
})
export class GatewayModule implements OnApplicationShutdown {
  constructor(private readonly upstreams: Upstreams) {}

  async onApplicationShutdown(): Promise<void> {
    await this.upstreams.close();
  }
}
