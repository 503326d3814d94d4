import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean, IsString, Length } from 'class-validator';
import { maxTurnLength } from '#contracts';

/** What a user says about an answer. */
export class FeedbackDto {
  @ApiProperty({
    example: 'How do I reset my router?',
    minLength: 1,
    maxLength: maxTurnLength,
    description: 'The text that was asked: the last user turn of the request. Only its hash is kept.',
  })
  @IsString()
  @Length(1, maxTurnLength)
  prompt: string;

  @ApiProperty({
    example: false,
    description:
      '`false`: the entry never answers this prompt again, nor one that is as far from its own; an entry that was wrong for its ' +
      'own prompt is deleted. `true`: the entry counts as validated.',
  })
  @IsBoolean()
  correct: boolean;
}
