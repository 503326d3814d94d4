import { Matches } from 'class-validator';
import { ApiProperty } from '@nestjs/swagger';
import { hex128Pattern, identifierPattern } from '#contracts';

/** The cache that a path names. */
export class CachePathDto {
  @ApiProperty({ example: 'default', pattern: identifierPattern.source })
  @Matches(identifierPattern)
  cacheId: string;
}

/** The entry that a path names. */
export class EntryPathDto extends CachePathDto {
  @ApiProperty({ example: '0198f3a17c2e7d3b9a51c0de5f00ba11', pattern: hex128Pattern.source })
  @Matches(hex128Pattern)
  entryId: string;
}
