import { ApiProperty, ApiPropertyOptional, OmitType } from '@nestjs/swagger';
import { IsInt, IsOptional, Matches, Max, Min } from 'class-validator';
import { hex128Pattern, identifierPattern, LimitBlock } from '#contracts';
import { PageQuery } from '#service';

/** Who is refused everything; without `key` and `user`, the whole tenant. */
export class BlockBody extends OmitType(LimitBlock, ['tenant']) {
  @ApiPropertyOptional({ example: 'acme', description: "The key's own tenant when left out." })
  @IsOptional()
  @Matches(identifierPattern)
  tenant?: string;

  @ApiPropertyOptional({ description: "Id of one of the tenant's API keys." })
  override key?: string;

  @ApiPropertyOptional({ example: 'ann@example.org', description: "One of the tenant's users." })
  override user?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'Until then; until it is lifted when left out.' })
  override until?: string;

  @ApiPropertyOptional({ minimum: 1, description: 'In place of `until`: for so long from now.' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(366 * 86_400)
  ttlSeconds?: number;
}

export class BlockDto {
  @ApiProperty({ pattern: hex128Pattern.source })
  id: string;

  @ApiProperty()
  tenant: string;

  @ApiPropertyOptional()
  key?: string;

  @ApiPropertyOptional()
  user?: string;

  @ApiPropertyOptional({ format: 'date-time' })
  until?: string;
}

export class BlockQuery extends PageQuery {
  @ApiPropertyOptional()
  @IsOptional()
  @Matches(identifierPattern)
  tenant?: string;
}

export class BlockPageDto {
  @ApiProperty({ type: [BlockDto] })
  data: BlockDto[];

  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}
