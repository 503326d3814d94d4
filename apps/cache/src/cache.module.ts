import { Module } from '@nestjs/common';
import { CapacityController } from './capacity/capacity.controller.js';
import { CatalogueController } from './catalogue/catalogue.controller.js';
import { CatalogueRepository } from './catalogue/catalogue.repository.js';
import { CatalogueRpcController } from './catalogue/catalogue.rpc.controller.js';
import { CatalogueService } from './catalogue/catalogue.service.js';
import { EntryRemovalService } from './catalogue/entry-removal.service.js';
import { InvalidationRepository } from './catalogue/invalidation.repository.js';
import { InvalidationService } from './catalogue/invalidation.service.js';
import { EntriesController } from './entries/entries.controller.js';
import { EntriesService } from './entries/entries.service.js';
import { EntryReaderService } from './entries/entry-reader.service.js';
import { EntrySearchService } from './entries/entry-search.service.js';
import { EntryVariantsRepository } from './entries/entry-variants.repository.js';
import { ErasedUsersRepository } from './erasure/erased-users.repository.js';
import { ErasureRpcController } from './erasure/erasure.rpc.controller.js';
import { LabelledAnswersRepository } from './erasure/labelled-answers.repository.js';
import { UserErasureService } from './erasure/user-erasure.service.js';
import { FeedbackController } from './feedback/feedback.controller.js';
import { FeedbackRepository } from './feedback/feedback.repository.js';
import { FeedbackService } from './feedback/feedback.service.js';
import { FlightRepository } from './flight/flight.repository.js';
import { FlightRpcController } from './flight/flight.rpc.controller.js';
import { FlightService } from './flight/flight.service.js';
import { GenerationRepository } from './generation/generation.repository.js';
import { GenerationService } from './generation/generation.service.js';
import { CachePolicyController } from './policy/policy.controller.js';
import { PolicyRepository } from './policy/policy.repository.js';
import { PolicyService } from './policy/policy.service.js';
import { AnswerStoreService } from './response/answer-store.service.js';
import { PreparedQuestionService } from './response/prepared-question.service.js';
import { ResponseCacheController } from './response/response-cache.controller.js';
import { ResponseCacheRepository } from './response/response-cache.repository.js';
import { ResponseCacheRpcController } from './response/response-cache.rpc.controller.js';
import { ResponseCacheService } from './response/response-cache.service.js';
import { ServableAnswerService } from './response/servable-answer.service.js';
import { SavingsController } from './savings/savings.controller.js';
import { SemanticAnswerService } from './semantic/semantic-answer.service.js';
import { SemanticIndexService } from './semantic/semantic-index.service.js';
import { SemanticSpaceService } from './semantic/semantic-space.service.js';
import { SemanticRepository } from './semantic/semantic.repository.js';
import { StatisticsController } from './statistics/statistics.controller.js';
import { StatisticsRepository } from './statistics/statistics.repository.js';
import { StatisticsRpcController } from './statistics/statistics.rpc.controller.js';
import { StatisticsService } from './statistics/statistics.service.js';
import { ThresholdsController } from './thresholds/thresholds.controller.js';
import { ThresholdsService } from './thresholds/thresholds.service.js';
import { TtlClassService } from './ttl/ttl-class.service.js';
import { WarmingController } from './warming/warming.controller.js';
import { WarmingService } from './warming/warming.service.js';

/** The response cache: exact answers, flights, policies and statistics, by RPC and REST. */
@Module({
  controllers: [
    ResponseCacheRpcController,
    FlightRpcController,
    StatisticsRpcController,
    CachePolicyController,
    ResponseCacheController,
    CatalogueController,
    CatalogueRpcController,
    EntriesController,
    FeedbackController,
    StatisticsController,
    SavingsController,
    CapacityController,
    WarmingController,
    ThresholdsController,
    ErasureRpcController,
  ],
  providers: [
    ResponseCacheService,
    ResponseCacheRepository,
    AnswerStoreService,
    PreparedQuestionService,
    ServableAnswerService,
    SemanticAnswerService,
    SemanticIndexService,
    SemanticSpaceService,
    SemanticRepository,
    TtlClassService,
    WarmingService,
    CatalogueService,
    CatalogueRepository,
    EntryRemovalService,
    InvalidationService,
    InvalidationRepository,
    UserErasureService,
    ErasedUsersRepository,
    LabelledAnswersRepository,
    EntriesService,
    EntryReaderService,
    EntrySearchService,
    EntryVariantsRepository,
    FeedbackService,
    FeedbackRepository,
    FlightService,
    FlightRepository,
    GenerationService,
    GenerationRepository,
    PolicyService,
    PolicyRepository,
    StatisticsService,
    StatisticsRepository,
    ThresholdsService,
  ],
})
export class CacheModule {}
