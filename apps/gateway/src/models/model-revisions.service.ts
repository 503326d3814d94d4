import { Injectable } from '@nestjs/common';
import { modelMatcher } from '#llm';
import { LarderConfig } from '#service';

interface Revised {
  readonly revision: string;
  readonly fits: (model: string) => boolean;
}

/** The configured revisions of models: part of every key, so that a new one leaves the old answers behind. */
@Injectable()
export class ModelRevisionsService {
  private readonly byName: ReadonlyMap<string, string>;
  private readonly byPattern: readonly Revised[];

  constructor(config: LarderConfig) {
    const revised = config.models.flatMap(({ id, revision }) => (revision ? [{ id, revision }] : []));
    this.byName = new Map(revised.map(({ id, revision }) => [id, revision]));
    this.byPattern = revised.map(({ id, revision }) => ({ revision, fits: modelMatcher([id]) }));
  }

  /** An exact name is preferred, then the first glob that fits, as with prices. */
  of(model: string): string | undefined {
    return this.byName.get(model) ?? this.byPattern.find(({ fits }) => fits(model))?.revision;
  }
}
