import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import { identifierPattern } from '#contracts';

export class CreateTenantRequest {
  @ApiPropertyOptional({ description: 'Made when absent', pattern: identifierPattern.source })
  @IsOptional()
  @Matches(identifierPattern)
  id?: string;

  @ApiPropertyOptional({ maxLength: 200 })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  name?: string;
}

export class ListTenantsQuery {
  @ApiPropertyOptional({ description: 'nextCursor of the page before' })
  @IsOptional()
  @IsString()
  @MaxLength(256)
  cursor?: string;

  @ApiPropertyOptional({ minimum: 1, maximum: 1000, default: 100 })
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1000)
  limit = 100;
}

export class Tenant {
  @ApiProperty()
  readonly id: string;

  @ApiPropertyOptional()
  readonly name?: string;

  @ApiProperty({ format: 'date-time' })
  readonly createdAt: string;
}

export class TenantPage {
  @ApiProperty({ type: [Tenant] })
  readonly data: Tenant[];

  @ApiProperty({ type: String, nullable: true })
  readonly nextCursor: string | null;
}
