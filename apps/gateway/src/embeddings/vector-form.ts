/**
 * How the numbers of a vector are kept so that they come out as they came in: `exact` float32 whose doubles are meant
 * (`-0.006929283495992422`), `short` float32 that stand for their shortest decimals (`-0.0069292835`, as Go and Rust
 * print them), `double` for numbers that no float32 holds.
 */
export type VectorForm = 'exact' | 'short' | 'double';

export interface Vector {
  readonly form: VectorForm;
  /** Little-endian; four bytes a number, eight in the form `double`. */
  readonly bytes: Buffer;
}

/**
 * One `embedding` of an upstream's answer: numbers, or base64 of little-endian float32.
 * @returns undefined for anything else, which cannot be kept
 */
export function readVector(embedding: unknown): Vector | undefined {
  if (typeof embedding === 'string') return readBase64(embedding);
  if (!Array.isArray(embedding) || embedding.length === 0) return undefined;
  if (!embedding.every((value): value is number => Number.isFinite(value))) return undefined;
  const form = formOf(embedding);
  return { form, bytes: form === 'double' ? doubleBytes(embedding) : floatBytes(embedding) };
}

/** As upstream gave them. */
export function toNumbers({ form, bytes }: Vector): number[] {
  const length = bytes.length / widthOf(form);
  switch (form) {
    case 'exact':
      return Array.from({ length }, (_, at) => bytes.readFloatLE(at * 4));
    case 'short':
      return Array.from({ length }, (_, at) => shortest(bytes.readFloatLE(at * 4)));
    case 'double':
      return Array.from({ length }, (_, at) => bytes.readDoubleLE(at * 8));
  }
}

/** Base64 of little-endian float32, OpenAI's `encoding_format: base64`. */
export function toBase64(vector: Vector): string {
  const { bytes } = vector.form === 'double' ? { bytes: floatBytes(toNumbers(vector)) } : vector;
  return bytes.toString('base64');
}

/** Bytes a number. */
export function widthOf(form: VectorForm): 4 | 8 {
  return form === 'double' ? 8 : 4;
}

function readBase64(text: string): Vector | undefined {
  const bytes = Buffer.from(text, 'base64');
  const isWhole = bytes.length > 0 && bytes.length % 4 === 0 && bytes.toString('base64') === text;
  return isWhole ? { form: 'exact', bytes } : undefined;
}

function formOf(numbers: readonly number[]): VectorForm {
  if (numbers.every((value) => Math.fround(value) === value)) return 'exact';
  return numbers.every((value) => shortest(Math.fround(value)) === value) ? 'short' : 'double';
}

/** The shortest decimal that is read back as the same float32, and the nearest of them. */
function shortest(single: number): number {
  let best = Number(single.toPrecision(9));
  for (let digits = 8; digits > 0; digits--) {
    const shorter = Number(single.toPrecision(digits));
    if (Math.fround(shorter) !== single) break;
    best = shorter;
  }
  return best;
}

function floatBytes(numbers: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(numbers.length * 4);
  numbers.forEach((value, at) => bytes.writeFloatLE(value, at * 4));
  return bytes;
}

function doubleBytes(numbers: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(numbers.length * 8);
  numbers.forEach((value, at) => bytes.writeDoubleLE(value, at * 8));
  return bytes;
}
