import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayNotEmpty,
  ArrayUnique,
  IsArray,
  IsIn,
  IsISO8601,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
} from 'class-validator';
import { identifierPattern } from '#contracts';
import { ordinaryRoles, PageQuery, roles, userIdPattern, type Role } from '#service';

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

export class ListKeysQuery extends PageQuery {
  @ApiPropertyOptional({ description: 'Only keys of this tenant' })
  @IsOptional()
  @Matches(identifierPattern)
  tenant?: string;
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
