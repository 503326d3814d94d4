import { Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  IsArray,
  IsInt,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateNested,
} from 'class-validator';
import type { Role } from '#service';
import { BulkRunService, type BulkResult } from '../bulk/bulk-run.service.js';
import { ModelGateway } from '../chat/model-gateway.client.js';
import { PermanentFailure, type JobContext, type JobKind } from '../job/job-kind.js';
import { chunksOf, type Chunk } from './chunks.js';

const textsACall = 64;
const defaultSize = { size: 2_000, overlap: 200 };
const concurrency = 4;

class DocumentPayload {
  @IsString()
  @MinLength(1)
  @MaxLength(256)
  id: string;

  @IsString()
  @MinLength(1)
  text: string;
}

export class EmbedDocumentsPayload {
  @IsString()
  @MinLength(1)
  model: string;

  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(10_000)
  @ValidateNested({ each: true })
  @Type(() => DocumentPayload)
  documents: DocumentPayload[];

  /** Characters of a chunk; 2 000 unless told. */
  @IsOptional()
  @IsInt()
  @Min(100)
  @Max(20_000)
  chunkSize?: number;

  /** Characters that a chunk repeats of the one before; 200 unless told, and at most a third of a chunk. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(5_000)
  chunkOverlap?: number;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(8_192)
  dimensions?: number;
}

/** Parts documents into chunks and embeds them; the output has a line `{id, chunk, text, embedding}` for each chunk. */
@Injectable()
export class EmbedDocumentsKind implements JobKind<EmbedDocumentsPayload, BulkResult> {
  readonly name = 'embed-documents';
  readonly payload = EmbedDocumentsPayload;
  readonly queue = 'bulk';
  readonly attemptTimeoutMs = 86_400_000;

  constructor(
    private readonly gateway: ModelGateway,
    private readonly bulk: BulkRunService,
  ) {}

  needs(): readonly Role[] {
    return ['chat'];
  }

  handle(payload: EmbedDocumentsPayload, context: JobContext): Promise<BulkResult> {
    const { chunkSize: size = defaultSize.size, chunkOverlap = defaultSize.overlap } = payload;
    const overlap = Math.min(chunkOverlap, Math.floor(size / 3));
    const chunks = payload.documents.flatMap((document) => chunksOf(document, { size, overlap }));
    const parts = Array.from({ length: Math.ceil(chunks.length / textsACall) }, (_, at) =>
      chunks.slice(at * textsACall, (at + 1) * textsACall),
    );
    return this.bulk.run(context, {
      parts,
      concurrency,
      work: (part) => this.embed(part, payload, context),
      failure: (part, error) => ({ chunks: part.map(({ id, chunk }) => ({ id, chunk })), error }),
    });
  }

  private async embed(chunks: readonly Chunk[], { model, dimensions }: EmbedDocumentsPayload, context: JobContext) {
    const body = { model, input: chunks.map(({ text }) => text), ...(dimensions !== undefined && { dimensions }) };
    const { tenant, caller } = context;
    const { body: answer } = await this.gateway.embed({ tenant, caller, body }, context);
    const { data } = JSON.parse(answer) as { data: { index: number; embedding: readonly number[] }[] };
    if (data.length !== chunks.length) throw new PermanentFailure('The embedder answered with too few vectors.');
    return data.map(({ index, embedding }) => ({ ...chunks[index], embedding }));
  }
}
