import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayNotEmpty,
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsISO8601,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { identifierPattern } from '#contracts';
import { ordinaryRoles, roles, userIdPattern, type Role } from '#service';

export class CreateKeyRequest {
  @ApiPropertyOptional({ default: 'default' })
  @IsOptional()
  @Matches(identifierPattern)
  tenant?: string;

  @ApiPropertyOptional({ enum: roles, isArray: true, default: ordinaryRoles })
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayUnique()
  @IsIn(roles, { each: true })
  roles?: Role[];

  @ApiPropertyOptional({ maxLength: 200 })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  name?: string;

  @ApiPropertyOptional({ description: 'Pins the key to one user: it outranks what requests say' })
  @IsOptional()
  @Matches(userIdPattern)
  userId?: string;

  @ApiPropertyOptional({ format: 'date-time' })
  @IsOptional()
  @IsISO8601({ strict: true })
  expiresAt?: string;
}

export class ListKeysQuery {
  @ApiPropertyOptional({ description: 'Only keys of this tenant' })
  @IsOptional()
  @Matches(identifierPattern)
  tenant?: string;

  @ApiPropertyOptional({ description: 'nextCursor of the page before' })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  cursor?: string;

  @ApiPropertyOptional({ minimum: 1, maximum: 1000, default: 100 })
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1000)
  limit = 100;
}

/** A key as it is shown: its secret is not known to anybody but its holder. */
export class Key {
  @ApiProperty()
  readonly id: string;

  @ApiProperty()
  readonly tenant: string;

  @ApiProperty({ enum: roles, isArray: true })
  readonly roles: readonly Role[];

  @ApiPropertyOptional()
  readonly name?: string;

  @ApiPropertyOptional()
  readonly userId?: string;

  @ApiProperty({ format: 'date-time' })
  readonly createdAt: string;

  @ApiPropertyOptional({ format: 'date-time' })
  readonly expiresAt?: string;

  @ApiPropertyOptional({ format: 'date-time' })
  readonly revokedAt?: string;
}

export class CreatedKey extends Key {
  @ApiProperty({ description: 'What clients send as their API key. Shown only now: Larder keeps its hash.' })
  readonly key: string;
}

export class KeyPage {
  @ApiProperty({ type: [Key] })
  readonly data: Key[];

  @ApiProperty({ type: String, nullable: true })
  readonly nextCursor: string | null;
}
