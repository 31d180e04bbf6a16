/** A finite JSON number taken apart: value = sign digits × 10^-scale, digits without leading zeros. */
export interface ExactNumber {
  readonly negative: boolean
  readonly digits: string
  /** Digits behind the point after trailing zeros are dropped; negative for `1e30`. */
  readonly scale: number
}

/** The exact value of a literal; null for NaN, Infinity and exponents beyond ±5000. */
export function exactNumber(literal: string): ExactNumber | null {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(literal)
  if (!match) return null
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match
  if (Math.abs(Number(exponent)) > 5000) return null
  const all = (whole + fraction).replace(/^0+/, '')
  // Not /0+$/: its time grows with the square of the zeros inside of a long number.
  let end = all.length
  while (end > 0 && all.charCodeAt(end - 1) === 0x30) end--
  const digits = all.slice(0, end)
  if (digits === '') return { negative: false, digits: '', scale: 0 }
  return { negative: sign === '-', digits, scale: fraction.length - Number(exponent) - (all.length - digits.length) }
}

/** Digits before the point (0 for 0.5). */
export function wholeDigits(number: ExactNumber): number {
  return Math.max(0, number.digits.length - number.scale)
}

/** Plain decimal text: `-0.05`, `1200`. */
export function plainText({ negative, digits, scale }: ExactNumber): string {
  const sign = negative ? '-' : ''
  if (digits === '') return '0'
  if (scale <= 0) return sign + digits + '0'.repeat(-scale)
  const padded = digits.padStart(scale + 1, '0')
  return `${sign}${padded.slice(0, -scale)}.${padded.slice(-scale)}`
}
