import { describe } from '@jest/globals';
import { useSuite, type CurrentSuite, type SuiteOptions } from '../larder/suite.js';
import { theAiSdkWorks } from './ai-sdk.js';
import { chatsAreAnsweredInTheBackground } from './background-chat.js';
import { badInputIsRefusedClearly } from './bad-input.js';
import { callersControlTheCache } from './cache-controls.js';
import { theCacheHasItsOwnRest } from './cache-rest.js';
import { onlyUnknownTextsAreEmbedded } from './embeddings.js';
import { repeatsAreAnsweredFromTheCache } from './exact-cache.js';
import { repeatedRequestsAreTheSameRequest } from './idempotency.js';
import { backgroundWorkIsDone } from './jobs.js';
import { usersAreForgotten } from './erasure.js';
import { answersCanBeTakenBack } from './invalidation-and-feedback.js';
import { keysGuardAndTenantsAreApart } from './keys-and-tenants.js';
import { limitsHold } from './limits.js';
import { theOfficialLangCacheClientWorks } from './langcache-client.js';
import { theOfficialClientWorks } from './openai-client.js';
import { everyProcessCanBeOperated, nothingLeaked } from './operations.js';
import { responsesAreAnsweredFromTheCache } from './responses.js';
import { questionsAreAnsweredByMeaning } from './semantic-cache.js';
import { cachesCanBePlanned } from './planning.js';
import { conversationsAreRemembered } from './sessions.js';
import { identicalMissesShareOneCall } from './single-flight.js';
import { expiredAnswersStandIn } from './stale-answers.js';
import { streamsAreWhole } from './streams.js';
import { upstreamIsReachedAndFinished } from './upstream-paths.js';

/** Everything that Larder promises on a healthy day; the same on every topology and every kind of Redis. */
function everythingHolds(current: CurrentSuite): void {
  repeatsAreAnsweredFromTheCache(current);
  theOfficialClientWorks(() => {
    const { larder, upstream } = current();
    return { baseURL: `${larder.url}/v1`, apiKey: larder.key, upstream };
  });
  callersControlTheCache(current);
  repeatedRequestsAreTheSameRequest(current);
  badInputIsRefusedClearly(current);
  keysGuardAndTenantsAreApart(current);
  identicalMissesShareOneCall(current);
  questionsAreAnsweredByMeaning(current);
  expiredAnswersStandIn(current);
  answersCanBeTakenBack(current);
  streamsAreWhole(current);
  onlyUnknownTextsAreEmbedded(current);
  responsesAreAnsweredFromTheCache(current);
  theAiSdkWorks(current);
  upstreamIsReachedAndFinished(current);
  limitsHold(current);
  theCacheHasItsOwnRest(current);
  theOfficialLangCacheClientWorks(current);
  cachesCanBePlanned(current);
  conversationsAreRemembered(current);
  backgroundWorkIsDone(current);
  chatsAreAnsweredInTheBackground(current);
  usersAreForgotten(current);
  everyProcessCanBeOperated(current);
}

/** Starts the suite as told and proves that everything holds there. */
export function wholeSuite(name: string, options: SuiteOptions): void {
  describe(name, () => {
    const current = useSuite(options);
    everythingHolds(current);
    nothingLeaked(current);
  });
}
