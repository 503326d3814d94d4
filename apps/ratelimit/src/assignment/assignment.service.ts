import { Injectable } from '@nestjs/common';
import { ServiceError, type LimitAssignment } from '#contracts';
import { assignmentId, assignmentRule, shownId } from '#limits';
import { pageOf, type Page } from '../rules/page.js';
import { RuleDirectory } from '../rules/rule-directory.service.js';
import type { AssignmentQuery } from './assignment.dto.js';

export type ShownAssignment = LimitAssignment & { readonly id: string };

/** Says for whom the policies are. */
@Injectable()
export class AssignmentService {
  constructor(private readonly directory: RuleDirectory) {}

  /** The same assignment twice is one. @throws ServiceError invalid_request when there is no such policy */
  async create(assignment: LimitAssignment): Promise<ShownAssignment> {
    await this.directory.refresh();
    if (!this.directory.rules.limitsOf(assignment.policy)) {
      throw new ServiceError('invalid_request', 'policy must name a policy that exists', { param: 'policy' });
    }
    await this.directory.set(assignmentRule(assignment));
    return show(assignment);
  }

  list(query: AssignmentQuery): Page<ShownAssignment> {
    const { policy, tenant } = query;
    const wanted = this.directory
      .values('assignment')
      .filter((one) => (policy ?? one.policy) === one.policy && (tenant ?? one.tenant) === one.tenant);
    return pageOf(wanted.map(show), ({ id }) => id, query);
  }

  async remove(id: string): Promise<void> {
    if (await this.directory.remove(assignmentId(id))) return;
    if (!this.directory.isSettled(assignmentId(id))) throw new ServiceError('not_found', 'There is no such assignment');
    throw new ServiceError('conflict', 'The assignment stands in the configuration file');
  }
}

function show(assignment: LimitAssignment): ShownAssignment {
  return { id: shownId(assignmentRule(assignment)), ...assignment };
}
