import { Injectable } from '@nestjs/common';
import { maxTurnLength, ServiceError, type Question } from '#contracts';
import { ModelRevisionsService } from '../models/model-revisions.service.js';
import { TooDeepError } from './canonical-json.js';
import type { CompletionRequest } from './completion-request.js';
import type { Turn } from './dialect.js';
import { questionKeys, type QuestionKeys } from './exact-key.js';

export interface AskedQuestion {
  /** What the cache is told; absent when the request bypasses it. */
  readonly question?: Question;
  /** The body holds numbers that JSON.parse cannot tell apart. */
  readonly inexact: boolean;
}

/** Computes what the cache must know of a request, in the gateway, so that bodies never cross the bus. */
@Injectable()
export class QuestionService {
  constructor(private readonly revisions: ModelRevisionsService) {}

  /** @throws ServiceError invalid_request for a body nested too deeply */
  of(request: CompletionRequest): AskedQuestion {
    const { body, controls, dialect, principal, userId } = request;
    const turn = dialect.turnOf(body);
    const keys = this.keysOf(request, turn);
    if (!keys) return inexact(request);
    if (controls.mode === 'off' || !dialect.isSelfContained(body)) return { inexact: false };
    const question: Question = {
      tenant: principal.tenant,
      cacheId: controls.cacheId,
      exactKey: keys.exactKey,
      model: body.model,
      ...(turn && { turn: turn.text.slice(0, maxTurnLength) }),
      ...(turn?.heldOut && turn.text.length <= maxTurnLength && { frame: keys.frame }),
      ...(dialect.hasTools(body) && { hasTools: true }),
      ...(userId !== undefined && { userId }),
    };
    return { inexact: false, question };
  }

  private keysOf({ body, controls, dialect }: CompletionRequest, turn: Turn | undefined): QuestionKeys | undefined {
    const modelRevision = this.revisions.of(body.model);
    const boundaries = { ...controls.boundaries, ...(modelRevision && { modelRevision }) };
    try {
      return questionKeys(dialect, body, turn?.heldOut, boundaries);
    } catch (fault) {
      if (fault instanceof TooDeepError) throw new ServiceError('invalid_request', 'The body is nested too deeply.');
      throw fault;
    }
  }
}

/** Such a body goes upstream as its bytes came, and those know nothing of a session's history. */
function inexact({ witness }: CompletionRequest): AskedQuestion {
  if (!witness) return { inexact: true };
  throw new ServiceError('invalid_request', 'In a session, the body cannot hold numbers beyond 2^53.');
}
