/** Identifiers that may stand in a Redis key as they are: `:` separates, so it is never among them. */
export const identifierPattern = /^[A-Za-z0-9_.-]{1,128}$/;

/** A SHA-256 in lower-case hexadecimal. */
export const sha256Pattern = /^[0-9a-f]{64}$/;

/** 128 bits in lower-case hexadecimal: entry ids (UUIDv7 without hyphens), flight tokens. */
export const hex128Pattern = /^[0-9a-f]{32}$/;

/** A cache's generation: a whole number, in milliseconds since 1970 or above. */
export const generationPattern = /^\d{1,15}$/;

/** A tag of an entry: what parts a list of them cannot be in one, nor control characters. */
export const tagPattern = /^[^,\p{Cc}]{1,256}$/u;

/** Name of an attribute, by which an application tells its entries apart; at most so many an entry. */
export const attributeNamePattern = /^[A-Za-z0-9_-]{1,32}$/;
export const maxAttributes = 5;
