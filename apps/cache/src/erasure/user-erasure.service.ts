import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { CatalogueRepository } from '../catalogue/catalogue.repository.js';
import { CatalogueService } from '../catalogue/catalogue.service.js';
import { EntryRemovalService } from '../catalogue/entry-removal.service.js';
import { userLabel } from '../catalogue/entry-labels.js';
import { ErasedUsersRepository } from './erased-users.repository.js';
import { LabelledAnswersRepository } from './labelled-answers.repository.js';

/** Whoever has not seen the mark has stored by then: milliseconds. */
const storingMs = 1_000;

/** Forgets what a user's questions have brought: listed or not, and what is still on its way. */
@Injectable()
export class UserErasureService {
  constructor(
    private readonly erased: ErasedUsersRepository,
    private readonly catalogue: CatalogueService,
    private readonly answers: LabelledAnswersRepository,
    private readonly repository: CatalogueRepository,
    private readonly removal: EntryRemovalService,
  ) {}

  /** Can be repeated. @returns how many entries were deleted */
  async forget(tenant: string, userId: string): Promise<number> {
    await this.erased.mark(tenant, userId, Date.now());
    const listed = await this.catalogue.forgetUser(tenant, userId);
    await sleep(storingMs);
    return listed + (await this.removeAll(tenant, userLabel(userId)));
  }

  /** By the answers themselves: a list can lack some, for it is written behind them. */
  private async removeAll(tenant: string, label: string): Promise<number> {
    let count = 0;
    for await (const { cacheId, ...place } of this.answers.find(tenant, label)) {
      const scope = { tenant, cacheId };
      await this.repository.removeAnswer(scope, place);
      await this.removal.remove(scope, [place.entryId], [label]);
      count += 1;
    }
    return count;
  }
}
