import { Readable } from 'node:stream';
import type {
  CacheHit,
  CacheMiss,
  CostEstimate,
  FlightMember,
  LookUpReply,
  LookUpRequest,
  StoreAnswerReply,
  StoreAnswerRequest,
} from '#contracts';
import type { Upstreams } from '#llm';
import { LarderConfig, Metrics, ServiceEnv, type Log } from '#service';
import type { ChatBody } from '../../apps/gateway/src/chat/chat-body.js';
import { chatDialect } from '../../apps/gateway/src/chat/chat-dialect.js';
import { EstimateService } from '../../apps/gateway/src/limits/estimate.service.js';
import type { LimitedCaller } from '../../apps/gateway/src/limits/limited-caller.js';
import type { Admission, Allowance, LimitsService } from '../../apps/gateway/src/limits/limits.service.js';
import type { AnswerCacheClient } from '../../apps/gateway/src/completion/answer-cache.client.js';
import { AnswerStoreService } from '../../apps/gateway/src/completion/answer-store.service.js';
import { readCacheControls } from '../../apps/gateway/src/completion/cache-controls.js';
import type { CompletionRequest } from '../../apps/gateway/src/completion/completion-request.js';
import { CompletionService } from '../../apps/gateway/src/completion/completion.service.js';
import { DepartureService } from '../../apps/gateway/src/completion/departure.service.js';
import { LookUpService } from '../../apps/gateway/src/completion/look-up.service.js';
import { ModelCallService } from '../../apps/gateway/src/completion/model-call.service.js';
import { QuestionService } from '../../apps/gateway/src/completion/question.service.js';
import { RefreshService } from '../../apps/gateway/src/completion/refresh.service.js';
import { ModelRevisionsService } from '../../apps/gateway/src/models/model-revisions.service.js';
import { UpstreamAccess } from '../../apps/gateway/src/upstream-access.service.js';
import { SingleFlightService } from '../../apps/gateway/src/completion/single-flight.service.js';

/** A chat.completion as JSON text. */
export const completion = (finish = 'stop', content: string | null = 'hello') =>
  JSON.stringify({
    id: 'c1',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: finish }],
    usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
  });

const general = { class: 'general', store: true };

export const miss: CacheMiss = {
  hit: false,
  reason: 'absent',
  flight: 'leader',
  exactKey: 'd'.repeat(64),
  generation: '7',
  ...general,
};

export const hit: CacheHit = {
  hit: true,
  via: 'exact',
  similarity: 1,
  ...general,
  entryId: 'e'.repeat(32),
  answer: completion(),
  ageSeconds: 12,
  ttlSeconds: 3540,
  savedMicroUsd: 1_234_567,
};

interface ScriptedReply {
  readonly status: number;
  readonly text: string;
  readonly headers?: Record<string, string>;
  /** Nothing is answered before this settles. */
  readonly until?: Promise<unknown>;
  /** In place of the text. */
  readonly body?: AsyncIterable<Buffer>;
}

interface Asker {
  readonly userId?: string;
  readonly authorization?: string;
}

/** A chat request as its controller would have read it. */
export function requestFor(
  headers: Record<string, string> = {},
  more: object = {},
  { userId, authorization }: Asker = {},
): CompletionRequest {
  const body = { model: 'm', messages: [{ role: 'user', content: 'hi' }], ...more } as ChatBody;
  return {
    dialect: chatDialect,
    principal: { tenant: 't', keyId: 'k', ...(authorization && { upstreamAuthorization: authorization }) },
    body,
    raw: Buffer.from(JSON.stringify(body)),
    controls: readCacheControls(headers, body),
    stream: body.stream === true,
    client: new AbortController(),
    ...(userId !== undefined && { userId }),
  };
}

/** The whole path of a question with a scripted cache and upstream; it remembers what both were asked. */
export class ScriptedPath {
  lookUpReply: LookUpReply | Error = miss;
  /** For look-ups after upstream failed. */
  staleReply: LookUpReply | Error = miss;
  storeReply: StoreAnswerReply | Error = { stored: true, entryId: 'f'.repeat(32), ttlSeconds: 60, class: 'general' };
  /** What the limits say; nothing unless told. */
  admission: Admission = { headers: {} };
  allowance: Allowance = { headers: {} };
  upstreamReply: ScriptedReply = { status: 200, text: completion() };
  readonly reserved: { readonly receipt: string | undefined }[] = [];
  readonly lookUps: LookUpRequest[] = [];
  readonly stored: StoreAnswerRequest[] = [];
  readonly landed: (FlightMember & { readonly outcome?: string })[] = [];
  readonly asked: string[] = [];
  readonly warnings: string[] = [];
  readonly service: CompletionService;

  constructor() {
    const cache = this.cache();
    const upstreams = this.upstreams();
    const log = { error: () => {}, warn: (message: string) => this.warnings.push(message) } as unknown as Log;
    const models = new ModelCallService(upstreams, new UpstreamAccess(new ServiceEnv()));
    const store = new AnswerStoreService(cache, upstreams, log);
    const flights = new SingleFlightService(cache);
    const limits = this.limits();
    const departures = new DepartureService(flights, models, store, limits, new EstimateService(upstreams));
    const questions = new QuestionService(new ModelRevisionsService(new LarderConfig()));
    const refreshes = new RefreshService(departures, flights, log, new Metrics());
    const lookUps = new LookUpService(cache);
    this.service = new CompletionService(questions, lookUps, departures, refreshes, flights, limits, models);
  }

  ask(...args: Parameters<typeof requestFor>) {
    return this.service.complete(requestFor(...args));
  }

  private cache(): AnswerCacheClient {
    const client: Partial<Record<keyof AnswerCacheClient, unknown>> = {
      lookUp: async (request: LookUpRequest) => {
        this.lookUps.push(request);
        return orThrow(request.upstreamFailed ? this.staleReply : this.lookUpReply);
      },
      renewFlight: async () => ({ held: true }),
      finishFlight: async (member: FlightMember, outcome?: string) => {
        this.landed.push({ ...member, ...(outcome !== undefined && { outcome }) });
        return { held: true };
      },
      store: async (request: StoreAnswerRequest) => {
        const reply = orThrow(this.storeReply);
        this.stored.push(request);
        return reply;
      },
    };
    return client as AnswerCacheClient;
  }

  private limits(): LimitsService {
    const limits: Partial<Record<keyof LimitsService, unknown>> = {
      admit: async () => this.admission,
      reserve: async (_caller: LimitedCaller, _estimate: () => CostEstimate, receipt?: string) => {
        this.reserved.push({ receipt });
        return this.allowance;
      },
    };
    return limits as LimitsService;
  }

  private upstreams(): Upstreams {
    const upstreams: Partial<Record<keyof Upstreams, unknown>> = {
      serves: (model: string) => model !== 'nowhere',
      costMicroUsd: () => 42,
      complete: async ({ body }: { body: string }) => {
        this.asked.push(body);
        const { status, text, headers = { 'content-type': 'application/json' }, until } = this.upstreamReply;
        const source = this.upstreamReply.body ?? Readable.from([Buffer.from(text)]);
        await until;
        return { status, headers, body: source, upstream: 'u' };
      },
    };
    return upstreams as Upstreams;
  }
}

function orThrow<T>(scripted: T | Error): T {
  if (scripted instanceof Error) throw scripted;
  return scripted;
}
