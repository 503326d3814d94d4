/** A decimal number without rounding: `digits` × 10^-`places`. */
export interface Decimal {
  readonly digits: bigint;
  /** 0 or more. */
  readonly places: number;
}

/** What a program writes for a number that is not negative: `10000`, `0.003`, `.7`, `3e-7`. */
const pattern = /^(?=\.?\d)(\d{0,18})(?:\.(\d{0,18}))?(?:e([+-]?\d{1,2}))?$/i;

/** Undefined when the text is not a decimal number of 0 or more, or has more digits than any amount needs. */
export function parseDecimal(text: string): Decimal | undefined {
  const match = pattern.exec(text);
  if (!match) return undefined;
  const [, whole = '', fraction = '', exponent = '0'] = match;
  const places = fraction.length - Number(exponent);
  const digits = BigInt(`0${whole}${fraction}`);
  return places >= 0 ? { digits, places } : { digits: digits * 10n ** BigInt(-places), places: 0 };
}

export function times(a: Decimal, b: Decimal): Decimal {
  return { digits: a.digits * b.digits, places: a.places + b.places };
}

export function minus(a: Decimal, b: Decimal): Decimal {
  const places = Math.max(a.places, b.places);
  return { digits: at(a, places) - at(b, places), places };
}

export function isAtMost(a: Decimal, b: Decimal): boolean {
  return minus(a, b).digits <= 0n;
}

export function isWhole({ digits, places }: Decimal): boolean {
  return digits % 10n ** BigInt(places) === 0n;
}

/** The nearest number with that many decimals; a half away from zero. In units of 10^-`places`. */
export function rounded(value: Decimal, places: number): bigint {
  if (value.places <= places) return at(value, places);
  const step = 10n ** BigInt(value.places - places);
  const [sign, size] = value.digits < 0n ? [-1n, -value.digits] : [1n, value.digits];
  return sign * ((2n * size + step) / (2n * step));
}

/** Rounded as `rounded` does, and written with exactly that many decimals: `10.50`. */
export function toFixed(value: Decimal, places: number): string {
  const units = rounded(value, places);
  const text = (units < 0n ? -units : units).toString().padStart(places + 1, '0');
  const sign = units < 0n ? '-' : '';
  return places === 0 ? `${sign}${text}` : `${sign}${text.slice(0, -places)}.${text.slice(-places)}`;
}

export const decimal = (whole: number): Decimal => ({ digits: BigInt(whole), places: 0 });
export const thousandth: Decimal = { digits: 1n, places: 3 };

function at({ digits, places }: Decimal, wanted: number): bigint {
  return digits * 10n ** BigInt(wanted - places);
}
