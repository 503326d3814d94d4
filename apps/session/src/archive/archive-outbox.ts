import type { SessionAddress } from '../message/message-log.js';

/** Whether changes are told to an archive, and to which sessions it must look. */
export abstract class ArchiveOutbox {
  /** False: nothing is told, and nothing waits for anybody. */
  abstract readonly isOn: boolean;
  /** Must be known before a change is made: whatever the change leaves in the outbox is found then, whoever is killed. */
  abstract expect(session: SessionAddress): Promise<void>;
}
