import { Injectable } from '@nestjs/common';
import { ServiceError, type LimitBlock } from '#contracts';
import { blockId, blockRule, shownId } from '#limits';
import { pageOf, type Page } from '../rules/page.js';
import { RuleDirectory } from '../rules/rule-directory.service.js';
import type { BlockBody, BlockQuery } from './block.dto.js';

export type ShownBlock = LimitBlock & { readonly id: string };

/** Refuses a tenant, one of its keys or one of its users everything, for a time or until the block is lifted. */
@Injectable()
export class BlockService {
  constructor(private readonly directory: RuleDirectory) {}

  /** A subject has one block: the last that was set. */
  async create(tenant: string, { key, user, until, ttlSeconds }: BlockBody): Promise<ShownBlock> {
    const end = endOf(until, ttlSeconds);
    const block: LimitBlock = {
      tenant,
      ...(key !== undefined && { key }),
      ...(user !== undefined && { user }),
      ...(end !== undefined && { until: end }),
    };
    await this.directory.set(blockRule(block));
    return show(block);
  }

  /** Those that still hold. */
  list(query: BlockQuery): Page<ShownBlock> {
    const now = Date.now();
    const wanted = this.directory
      .values('block')
      .filter(({ tenant, until }) => (query.tenant ?? tenant) === tenant && !(Date.parse(until ?? '') <= now));
    return pageOf(wanted.map(show), ({ id }) => id, query);
  }

  async lift(id: string): Promise<void> {
    if (!(await this.directory.remove(blockId(id)))) throw new ServiceError('not_found', 'There is no such block');
  }
}

function endOf(until: string | undefined, ttlSeconds: number | undefined): string | undefined {
  if (until !== undefined && ttlSeconds !== undefined) {
    throw new ServiceError('invalid_request', 'Only one of until and ttlSeconds', { param: 'ttlSeconds' });
  }
  if (ttlSeconds !== undefined) return new Date(Date.now() + ttlSeconds * 1_000).toISOString();
  if (until === undefined) return undefined;
  const end = new Date(until);
  if (end.getTime() > Date.now()) return end.toISOString();
  throw new ServiceError('invalid_request', 'until must be in the future', { param: 'until' });
}

function show(block: LimitBlock): ShownBlock {
  return { id: shownId(blockRule(block)), ...block };
}
