import { hash } from 'node:crypto';
import { canonicalJson, canonicalWithout, InexactNumberError } from './canonical-json.js';
import type { Dialect, HeldOut, RequestBody } from './dialect.js';

/** What separates answers beside the body. An absent value is `none`, never a wildcard. */
export interface Boundaries {
  readonly locale?: string;
  readonly safety?: string;
  readonly namespace?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  /** The configured revision of the model or of its prompts; a new one leaves the old answers behind. */
  readonly modelRevision?: string;
}

export interface QuestionKeys {
  /** SHA-256 (hex) of everything that can change the answer. */
  readonly exactKey: string;
  /** SHA-256 (hex) of the same without the texts that were held out. */
  readonly frame: string;
}

/** Changes when the form of the keys does, so that no old answer is read under a new meaning. */
const keyVersion = 2;

/**
 * The keys of a body: its canonical JSON without answer-neutral members, and its boundaries, are hashed once, for the frame;
 * the exact key is the hash of the frame and of what was held out of it.
 * @returns undefined when the body holds a number that JSON cannot tell from others: it must bypass the cache.
 */
export function questionKeys(
  dialect: Pick<Dialect, 'name' | 'neutralMembers'>,
  body: RequestBody,
  heldOut: HeldOut | undefined,
  boundaries: Boundaries,
): QuestionKeys | undefined {
  try {
    const rest = canonicalWithout(heldOut?.rest ?? body, dialect.neutralMembers);
    const frame = hash('sha256', frameText(dialect.name, rest, heldOut, boundaries));
    return { frame, exactKey: hash('sha256', `${frame}${JSON.stringify(heldOut?.texts ?? [])}`) };
  } catch (fault) {
    if (fault instanceof InexactNumberError) return undefined;
    throw fault;
  }
}

/** Canonical JSON too: the members stand in their order. */
function frameText(api: string, body: string, heldOut: HeldOut | undefined, boundaries: Boundaries): string {
  const { locale = 'none', safety = 'none', namespace = 'none', modelRevision = 'none', attributes = {} } = boundaries;
  const places = heldOut ? `[${heldOut.places.join(',')}]` : '"none"';
  const bounds =
    `"locale":${JSON.stringify(locale)},"modelRevision":${JSON.stringify(modelRevision)},` +
    `"namespace":${JSON.stringify(namespace)},"safety":${JSON.stringify(safety)}`;
  const attributed = `"attributes":${canonicalJson(attributes)}`;
  return `{"api":"${api}",${attributed},"body":${body},"heldOut":${places},${bounds},"version":${keyVersion}}`;
}
