import { Module } from '@nestjs/common';
import { AssignmentController } from './assignment/assignment.controller.js';
import { AssignmentService } from './assignment/assignment.service.js';
import { BlockController } from './block/block.controller.js';
import { BlockService } from './block/block.service.js';
import { CheckMetrics } from './check/check-metrics.js';
import { CheckController } from './check/check.controller.js';
import { CheckRpcController } from './check/check.rpc.controller.js';
import { CheckService } from './check/check.service.js';
import { FallbackLimitsService } from './check/fallback-limits.service.js';
import { LimitQuestionService } from './check/limit-question.service.js';
import { EstimateRepository } from './estimate/estimate.repository.js';
import { OutputLengthService } from './estimate/output-length.service.js';
import { LimitEngine } from './limit/limit-engine.js';
import { LimitRepository } from './limit/limit.repository.js';
import { PolicyController } from './policy/policy.controller.js';
import { PolicyService } from './policy/policy.service.js';
import { OutstandingRepository } from './reservation/outstanding.repository.js';
import { OutstandingService } from './reservation/outstanding.service.js';
import { ReservationController } from './reservation/reservation.controller.js';
import { ReservationMetrics } from './reservation/reservation-metrics.js';
import { ReservationRepository } from './reservation/reservation.repository.js';
import { ReservationRpcController } from './reservation/reservation.rpc.controller.js';
import { ReservationService } from './reservation/reservation.service.js';
import { SettlementService } from './reservation/settlement.service.js';
import { SweepService } from './reservation/sweep.service.js';
import { RuleDirectory } from './rules/rule-directory.service.js';
import { RuleRepository } from './rules/rule.repository.js';
import { RulesRpcController } from './rules/rules.rpc.controller.js';

/** Rate limits and budgets: policies, checks and reservations, by RPC and REST. */
@Module({
  controllers: [
    CheckController,
    CheckRpcController,
    RulesRpcController,
    PolicyController,
    AssignmentController,
    BlockController,
    ReservationController,
    ReservationRpcController,
  ],
  providers: [
    LimitEngine,
    LimitRepository,
    CheckService,
    CheckMetrics,
    LimitQuestionService,
    FallbackLimitsService,
    RuleDirectory,
    RuleRepository,
    PolicyService,
    AssignmentService,
    BlockService,
    ReservationService,
    ReservationRepository,
    SettlementService,
    SweepService,
    OutstandingService,
    OutstandingRepository,
    ReservationMetrics,
    OutputLengthService,
    EstimateRepository,
  ],
})
export class RatelimitModule {}
