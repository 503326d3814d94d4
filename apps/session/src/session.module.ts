import { Module } from '@nestjs/common';
import { RpcClient } from '#redis-streams';
import { ServiceEnv } from '#service';
import { ArchiveOutbox } from './archive/archive-outbox.js';
import { Archive } from './archive/archive.js';
import { ArchiverService } from './archive/archiver.service.js';
import { ErasureOrdersRepository } from './archive/erasure-orders.repository.js';
import { FileArchive } from './archive/file-archive.js';
import { OutboxRepository } from './archive/outbox.repository.js';
import { AppendWithContextService } from './context/append-with-context.service.js';
import { ContextReader } from './context/context-reader.js';
import { ContextController } from './context/context.controller.js';
import { ContextRpcController } from './context/context.rpc.controller.js';
import { ContextService } from './context/context.service.js';
import { HistoryReaderService } from './context/history-reader.service.js';
import { ConversationController } from './conversation/conversation.controller.js';
import { ConversationRepository } from './conversation/conversation.repository.js';
import { ConversationService } from './conversation/conversation.service.js';
import { ErasureController } from './erasure/erasure.controller.js';
import { ErasureRepository } from './erasure/erasure.repository.js';
import { ErasureRpcController } from './erasure/erasure.rpc.controller.js';
import { ErasureService } from './erasure/erasure.service.js';
import { SessionErasureService } from './erasure/session-erasure.service.js';
import { ExportController } from './export/export.controller.js';
import { ExportService } from './export/export.service.js';
import { ForkController } from './fork/fork.controller.js';
import { ForkRepository } from './fork/fork.repository.js';
import { ForkService } from './fork/fork.service.js';
import { MessageAppendService } from './message/message-append.service.js';
import { MessageLog } from './message/message-log.js';
import { MessageWritesRepository } from './message/message-writes.repository.js';
import { MessageController } from './message/message.controller.js';
import { MessageRepository } from './message/message.repository.js';
import { MessageRpcController } from './message/message.rpc.controller.js';
import { MessageService } from './message/message.service.js';
import { TokenCounterService } from './message/token-counter.service.js';
import { TokenCounter } from './message/token-counter.js';
import { ExtractiveSummariser } from './summary/extractive-summariser.js';
import { ModelSummariser } from './summary/model-summariser.client.js';
import { Summariser } from './summary/summariser.js';
import { SummaryWriterService } from './summary/summary-writer.service.js';
import { SummaryRepository } from './summary/summary.repository.js';
import { SummaryRpcController } from './summary/summary.rpc.controller.js';
import { SummaryService } from './summary/summary.service.js';
import { WantedSummaryService } from './summary/wanted-summary.service.js';
import { TurnRepository } from './turn/turn.repository.js';
import { TurnRpcController } from './turn/turn.rpc.controller.js';
import { TurnService } from './turn/turn.service.js';
import { PreferencesRepository } from './user/preferences.repository.js';
import { PreferencesService } from './user/preferences.service.js';
import { SearchService } from './user/search.service.js';
import { UserController } from './user/user.controller.js';
import { UserSessionsRepository } from './user/user-sessions.repository.js';
import { UserSessionsService } from './user/user-sessions.service.js';

/** A model if one is named, else none is needed. */
const summariser = ({ summaryModel }: ServiceEnv, rpc: RpcClient): Summariser =>
  summaryModel === undefined ? new ExtractiveSummariser() : new ModelSummariser(rpc, summaryModel);

/** Conversations: messages, context windows, summaries and the archive, by RPC and REST. */
@Module({
  controllers: [
    ConversationController,
    MessageController,
    MessageRpcController,
    TurnRpcController,
    UserController,
    ForkController,
    ExportController,
    ErasureController,
    ErasureRpcController,
    ContextController,
    ContextRpcController,
    SummaryRpcController,
  ],
  providers: [
    ConversationService,
    ConversationRepository,
    MessageService,
    MessageAppendService,
    MessageRepository,
    MessageWritesRepository,
    { provide: MessageLog, useExisting: MessageRepository },
    { provide: TokenCounter, useClass: TokenCounterService },
    { provide: ContextReader, useClass: ContextService },
    AppendWithContextService,
    HistoryReaderService,
    SummaryService,
    SummaryWriterService,
    SummaryRepository,
    WantedSummaryService,
    { provide: Summariser, inject: [ServiceEnv, RpcClient], useFactory: summariser },
    {
      provide: Archive,
      inject: [ServiceEnv],
      useFactory: ({ archiveDir }: ServiceEnv) => new FileArchive(archiveDir ?? '.'),
    },
    ArchiverService,
    { provide: ArchiveOutbox, useExisting: ArchiverService },
    OutboxRepository,
    ErasureOrdersRepository,
    ErasureService,
    ErasureRepository,
    SessionErasureService,
    ExportService,
    ForkService,
    ForkRepository,
    PreferencesService,
    PreferencesRepository,
    SearchService,
    TurnService,
    TurnRepository,
    UserSessionsService,
    UserSessionsRepository,
  ],
  exports: [TokenCounter],
})
export class SessionModule {}
