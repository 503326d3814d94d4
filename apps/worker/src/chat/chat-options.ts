import { PermanentFailure } from '../job/job-kind.js';

/** Options that stand in a payload for the headers of a request. */
const optionPattern = /^(?:cache-control|x-larder-[a-z-]{1,64})$/;

/** @throws PermanentFailure for one that is none */
export function checkedOptions(options: Readonly<Record<string, unknown>> = {}): Record<string, string> {
  for (const [name, value] of Object.entries(options)) {
    if (optionPattern.test(name) && typeof value === 'string') continue;
    throw new PermanentFailure('options must be cache-control or x-larder-* headers, as texts.', 'invalid_options');
  }
  return options as Record<string, string>;
}
