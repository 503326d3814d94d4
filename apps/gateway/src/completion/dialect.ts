import type { Cacheability, SseEvent, Usage } from '#llm';
import type { JsonObject } from './canonical-json.js';

/** A body that its dialect has checked; members beyond these are forwarded as they came. */
export type RequestBody = JsonObject & {
  readonly model: string;
  readonly stream?: boolean | null;
};

/** The last user turn of a body. */
export interface Turn {
  /** What the user wrote; parts joined by a line break. Never empty. */
  readonly text: string;
  /** Absent when the turn is not what the model answers to: then nothing is compared by meaning. */
  readonly heldOut?: HeldOut;
}

/** A body parted into the text of its last turn and everything else. */
export interface HeldOut {
  /** The texts in their order. */
  readonly texts: readonly string[];
  /** Where each stood in the turn: the numbers of the parts; empty for a turn that is one text. */
  readonly places: readonly number[];
  /** The whole body with null in each of these places. */
  readonly rest: JsonObject;
}

/** A whole answer, as far as the path reads it. */
export interface WholeAnswer {
  readonly cacheability: Cacheability;
  /** In the names of chat completions, whatever the dialect calls them; prices are by these. */
  readonly usage?: Usage | null;
}

/** What one upstream event means. */
export interface Taken {
  /** For the client; absent when it has nothing to show. */
  readonly frame?: string;
  /** `last`: the answer ended properly. `failed`: upstream reported a fault, and `frame` tells the client of it. */
  readonly ends?: 'last' | 'failed';
  /** What upstream said of the fault. */
  readonly message?: string;
}

/** Follows one live stream: hands its events on and gathers the whole answer. */
export interface StreamFollower {
  /** @throws anything for an event that is not of this dialect: the stream then counts as broken. */
  take(event: SseEvent): Taken;
  /** The whole answer as JSON text; undefined while it has not ended properly. */
  whole(): string | undefined;
  /** What the model has written up to now, as text; calls that may be half written are not among it. */
  textSoFar(): string;
  /** What the model has cost up to now. */
  spentSoFar(): SpentSoFar;
  /** Tells the client that the stream broke off here, in the dialect's own words. */
  brokenOff(message?: string): string;
}

export interface SpentSoFar {
  /** What upstream has reported; most servers do at the end only. */
  readonly usage?: Usage;
  /** Of everything that the model has written, calls included. */
  readonly writtenBytes: number;
}

/** One message of a turn: as sessions hold it, whichever API spoke (that of chat completions), and as the client wrote it. */
export interface SessionEntry {
  readonly message: JsonObject;
  readonly wire: JsonObject;
}

/** How an API writes what a session holds. */
export interface SessionForm {
  /** Where a body says what is new. */
  readonly member: 'messages' | 'input';
  /**
   * What the client says anew.
   * @throws ServiceError invalid_request naming what cannot be part of a session
   */
  entriesOf(body: RequestBody): readonly SessionEntry[];
  /** The body with the conversation so far in front of what is new. */
  withHistory(body: RequestBody, history: readonly JsonObject[], entries: readonly SessionEntry[]): RequestBody;
  /** What an answer says; none when it says nothing. */
  saidIn(answer: string): readonly JsonObject[];
}

/**
 * One OpenAI API that a model answers on, as far as it differs from the others. The path (look up, one call for all who ask
 * the same, store, answer) is the same for all of them.
 */
export interface Dialect {
  /** Part of every key: no API ever answers for another. */
  readonly name: 'chat' | 'responses';
  /** Below upstream's base URL. */
  readonly upstreamPath: '/chat/completions' | '/responses';
  /**
   * Members of a body that cannot change the answer. Everything else is in the key: a field unknown today must separate
   * answers tomorrow.
   */
  readonly neutralMembers: ReadonlySet<string>;

  /** Whether the body says all that the answer depends on; one that names state kept elsewhere bypasses the cache. */
  isSelfContained(body: RequestBody): boolean;
  /** @returns undefined when the user wrote nothing. */
  turnOf(body: RequestBody): Turn | undefined;
  hasTools(body: RequestBody): boolean;

  /** What upstream is sent: the body without Larder's own members; a stream asks for usage whether or not the client did. */
  upstreamBody(body: RequestBody, stream: boolean): JsonObject;
  /** @returns undefined when the text is no answer of this dialect. */
  readAnswer(text: string): WholeAnswer | undefined;

  /**
   * An answer as this caller's own: where an API's answers repeat what the request said, another caller's words are replaced.
   * The same text where nothing differs.
   */
  tailor(answer: string, body: RequestBody): string;

  readonly session: SessionForm;

  follow(body: RequestBody): StreamFollower;
  /** Ends a stream that ended properly but whose upstream forgot to say so; empty where nothing more is to be said. */
  readonly closing: string;
  /**
   * The frames of a stored answer as a stream, as `body` wants them, the closing one included.
   * @throws anything for a text that cannot be replayed: the entry then counts as a miss.
   */
  replay(answer: string, body: RequestBody): Iterable<string>;
}
