import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class ErasureAnswerDto {
  @ApiProperty()
  answeredAt: string;

  @ApiProperty({ type: Object, example: { sessions: 2, messages: 17 } })
  removed: Record<string, number>;

  @ApiPropertyOptional({ description: 'Something of the user may be left for so long, in seconds' })
  leftForSeconds?: number;
}

export class ErasureReceiptDto {
  @ApiProperty()
  erasureId: string;

  @ApiProperty({ enum: ['pending', 'final'], description: 'final: every service has answered' })
  status: 'pending' | 'final';

  @ApiProperty()
  requestedAt: string;

  @ApiProperty({ type: String, nullable: true })
  finishedAt: string | null;

  @ApiProperty({
    type: Object,
    description: 'All services together',
    example: { sessions: 2, messages: 17, entries: 3 },
  })
  removed: Record<string, number>;

  @ApiProperty({
    example: 30,
    description: 'Seconds after `finishedAt` until the last of it expires by itself; 0: nothing is left',
  })
  leftForSeconds: number;

  @ApiProperty({ type: Object, description: 'By service; null: it has not answered yet' })
  services: Record<string, ErasureAnswerDto | null>;
}
