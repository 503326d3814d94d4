import { ApiProperty } from '@nestjs/swagger';
import { Matches } from 'class-validator';
import { hex128Pattern } from '#contracts';

/** The assignment or the block that a path names. */
export class RulePathDto {
  @ApiProperty({ pattern: hex128Pattern.source })
  @Matches(hex128Pattern)
  id: string;
}
