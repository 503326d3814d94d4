import { describe, expect, it } from '@jest/globals';
import { LarderConfig } from '#service';
import { ModelRevisionsService } from './model-revisions.service.js';

describe('model revisions', () => {
  const models = [{ id: 'gpt-4o*', revision: 'r1' }, { id: 'gpt-4o-mini', revision: 'r2' }, { id: 'other' }];
  const revisions = new ModelRevisionsService(Object.assign(new LarderConfig(), { models }));

  it.each([
    ['gpt-4o-mini', 'r2'],
    ['gpt-4o-2026-01-01', 'r1'],
    ['other', undefined],
    ['unheard-of', undefined],
  ])('of %s is %s', (model, revision) => {
    expect(revisions.of(model)).toBe(revision);
  });
});
