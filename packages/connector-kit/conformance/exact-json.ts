/** A number of a JSON text with every digit that stood there. */
export class ExactNumber {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** JSON.parse that keeps each number as it stands: `JSON.parse` alone rounds beyond 2^53. */
export function parseExact(text: string): unknown {
  return JSON.parse(text, function (_key, value: unknown, ...rest: unknown[]) {
    const source = (rest[0] as { source?: string } | undefined)?.source
    return typeof value === 'number' ? new ExactNumber(source ?? String(value)) : value
  })
}

/** The one form of a decimal number: sign, digits without zeros at the ends, exponent. Null for what is no number. */
export function exactly(number: unknown): string | null {
  const text =
    number instanceof ExactNumber
      ? number.text
      : typeof number === 'bigint' || typeof number === 'number' || typeof number === 'string'
        ? String(number)
        : ''
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text.trim())
  if (match === null || text.trim() === '') return null
  const [, sign = '', whole = '', fraction = '', power = '0'] = match
  const digits = `${whole}${fraction}`.replace(/^0+/, '')
  if (digits === '') return '0'
  const trimmed = digits.replace(/0+$/, '')
  const exponent = Number(power) - fraction.length + (digits.length - trimmed.length)
  return `${sign === '-' ? '-' : ''}${trimmed}e${exponent}`
}
