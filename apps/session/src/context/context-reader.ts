import type { ContextRequest, SessionContext } from '#contracts';
import type { Asker } from '../conversation/asker.js';
import type { SessionAddress } from '../message/message-log.js';

/** What of a history is to be sent: which model, how many tokens at most, by which strategy. */
export type ContextWish = Pick<ContextRequest, 'model' | 'maxTokens' | 'strategy' | 'lastMessages'>;

/** Makes a history fit. */
export abstract class ContextReader {
  /**
   * @param asker nobody: whether the session may be seen was settled before
   * @returns nothing when the session is absent for the asker
   */
  abstract read(session: SessionAddress, wish: ContextWish, asker?: Asker): Promise<SessionContext | undefined>;
}
