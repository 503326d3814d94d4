import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';
import { hex128Pattern, identifierPattern, LimitAssignment } from '#contracts';
import { PageQuery } from '#service';

/** Whom a policy is for; what is more specific replaces limits of the same name. */
export class AssignmentBody extends LimitAssignment {
  @ApiProperty({ example: 'gold' })
  override policy: string;

  @ApiPropertyOptional({ example: 'acme', description: 'Every tenant when left out.' })
  override tenant?: string;

  @ApiPropertyOptional({ description: "Id of one of the tenant's API keys." })
  override key?: string;

  @ApiPropertyOptional({ example: 'ann@example.org', description: "One of the tenant's users." })
  override user?: string;
}

export class AssignmentDto extends AssignmentBody {
  @ApiProperty({ pattern: hex128Pattern.source })
  id: string;
}

export class AssignmentQuery extends PageQuery {
  @ApiPropertyOptional()
  @IsOptional()
  @Matches(identifierPattern)
  policy?: string;

  @ApiPropertyOptional()
  @IsOptional()
  @Matches(identifierPattern)
  tenant?: string;
}

export class AssignmentPageDto {
  @ApiProperty({ type: [AssignmentDto] })
  data: AssignmentDto[];

  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}
