import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Matches, MaxLength } from 'class-validator';
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
