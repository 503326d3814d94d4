import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import { dtypes, type Dtype } from './capacity.js';

const dtypeNames = Object.keys(dtypes) as Dtype[];

export class CapacityQueryDto {
  @ApiProperty({ example: 100_000, minimum: 1, maximum: 1_000_000_000 })
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1_000_000_000)
  entries: number;

  @ApiProperty({ example: 1_536, minimum: 1, maximum: 8_192 })
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(8_192)
  dimensions: number;

  @ApiPropertyOptional({
    enum: dtypeNames,
    default: 'float32',
    description: 'How Redis keeps a vector. Larder stores `float32` today; the others are what they would take.',
  })
  @IsOptional()
  @IsIn(dtypeNames)
  dtype?: Dtype;

  @ApiProperty({ example: 2_048, minimum: 0, maximum: 16_777_216, description: 'Of an answer, as it is stored.' })
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(16_777_216)
  responseBytes: number;

  @ApiProperty({
    example: 512,
    minimum: 0,
    maximum: 1_048_576,
    description: 'Of a question and what the application adds to it.',
  })
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(1_048_576)
  metadataBytes: number;

  @ApiPropertyOptional({
    example: 2,
    default: 1,
    minimum: 1,
    maximum: 1_000,
    description: 'Processes of the cache; each holds an embedded index of its own.',
  })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1_000)
  replicas?: number;
}

export class CapacityDto {
  @ApiProperty({ example: 870_400_000, description: 'What is stored, without what storing it takes.' })
  payloadBytes: number;

  @ApiProperty({ example: 850_000 })
  payloadKiB: number;

  @ApiProperty({ example: 1_197_600_000, description: 'Memory of Redis, as measured on Redis 7 within a few percent.' })
  redisBytes: number;

  @ApiProperty({ example: 11_976 })
  redisBytesPerEntry: number;

  @ApiProperty({
    example: 213_600_000,
    description:
      'Memory of the embedded index in one process, as measured; it keeps 8 bits a dimension whatever the dtype.',
  })
  indexBytes: number;

  @ApiProperty({ example: 2_136 })
  indexBytesPerEntry: number;

  @ApiProperty({ example: 213_600_000 })
  indexBytesOfAllReplicas: number;

  @ApiProperty({ example: 1_411_200_000, description: 'Redis and the indexes of all replicas.' })
  totalBytes: number;
}
