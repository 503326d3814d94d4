import { Injectable } from '@nestjs/common';
import { ServiceError, type LimitPolicy } from '#contracts';
import { policyId, policyRule } from '#limits';
import { foundOr404, pageOf, type Page } from '../rules/page.js';
import type { PageQuery } from '#service';
import { RuleDirectory } from '../rules/rule-directory.service.js';

/** Named policies of limits: those that REST has set, else the configuration file's, else the presets. */
@Injectable()
export class PolicyService {
  constructor(private readonly directory: RuleDirectory) {}

  read(name: string): LimitPolicy {
    const found = this.all().find((policy) => policy.name === name);
    return foundOr404(found, 'policy');
  }

  list(query: PageQuery): Page<LimitPolicy> {
    return pageOf(this.all(), ({ name }) => name, query);
  }

  /** At once in this process, within half a second in all others. What was counted by a limit of the same name goes on to count. */
  async write(policy: LimitPolicy): Promise<LimitPolicy> {
    await this.directory.set(policyRule(policy));
    return policy;
  }

  /** Refused while somebody is assigned to it: a name that is mistyped must not lift a limit. */
  async remove(name: string): Promise<void> {
    await this.directory.refresh();
    const id = policyId(name);
    if (!this.directory.isSettled(id) && this.isAssigned(name)) {
      throw new ServiceError('conflict', 'The policy is assigned: delete its assignments first');
    }
    if (await this.directory.remove(id)) return;
    if (!this.directory.isSettled(id)) throw new ServiceError('not_found', 'There is no such policy');
    throw new ServiceError('conflict', 'The policy is a preset or of the configuration file: it can only be replaced');
  }

  private all(): LimitPolicy[] {
    return this.directory.values('policy');
  }

  private isAssigned(name: string): boolean {
    return this.directory.values('assignment').some(({ policy }) => policy === name);
  }
}
