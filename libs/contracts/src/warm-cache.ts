import {
  ArrayMaxSize,
  ArrayNotEmpty,
  IsArray,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
} from 'class-validator';
import { AreChatOptions } from './chat-payload.js';
import { identifierPattern } from './identifiers.js';

/** What a cache is to be warmed with: the payload of a job of kind `cache-warm`. */
export class WarmCachePayload {
  @IsString()
  @MinLength(1)
  @MaxLength(256)
  model: string;

  /** Each is asked as one user turn, as applications ask it. */
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(100_000)
  @IsString({ each: true })
  @MinLength(1, { each: true })
  prompts: string[];

  /** The system prompt that applications send. */
  @IsOptional()
  @IsString()
  system?: string;

  @IsOptional()
  @Matches(identifierPattern)
  cacheId?: string;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(32)
  concurrency?: number;

  /** What headers would say: `{ "x-larder-locale": "de" }`. */
  @IsOptional()
  @AreChatOptions()
  options?: Record<string, string>;
}
