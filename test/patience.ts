import { jest } from '@jest/globals';

/** A machine that is busy with other tests answers late: nothing here measures speed. */
jest.setTimeout(30_000);

/**
 * How often a failed test is tried again: never at a desk, once in CI, whose machines stand
 * still now and then. What passes only at its second attempt is printed by name at the end of the run.
 */
const retries = Number(process.env['TEST_RETRIES'] ?? 0);
if (retries > 0) jest.retryTimes(retries, { logErrorsBeforeRetry: true });
