/** What a text says about time. `TIMESTAMP` is naive, `TIMESTAMPTZ` has an offset. */
export type TimeKind = 'DATE' | 'TIMESTAMP' | 'TIMESTAMPTZ'

const shape =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?([Zz]|[+-]\d{2}(?::?\d{2})?)?)?$/

/**
 * Strict ISO 8601 of years 0000–9999 with at most microseconds; null for anything else, so that nothing is cut.
 * `text` is the same time as DuckDB's casts take it; `plain` says that the input already had that form.
 */
export function readTime(input: string): { kind: TimeKind; text: string; plain: boolean } | null {
  if (input.length < 10 || input.length > 32) return null
  const match = shape.exec(input)
  if (!match) return null
  const [, year = '', month = '', day = '', hour, minute = '', second = '00', fraction, offset] = match
  if (!isDay(Number(year), Number(month), Number(day))) return null
  const date = input.slice(0, 10)
  if (hour === undefined) return { kind: 'DATE', text: date, plain: true }
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return null
  const time = `${date}T${hour}:${minute}:${second}${fraction === undefined ? '' : `.${fraction}`}`
  if (offset === undefined)
    return { kind: 'TIMESTAMP', text: time, plain: input.length === time.length && match[0][10] !== 't' }
  const zone = /^[Zz]$/.test(offset) ? 'Z' : `${offset.slice(0, 3)}:${offset.slice(3).replace(':', '') || '00'}`
  if (zone !== 'Z' && (Number(zone.slice(1, 3)) > 15 || Number(zone.slice(4)) > 59)) return null
  const text = time + zone
  return { kind: 'TIMESTAMPTZ', text, plain: text.length === input.length && input[10] !== 't' && !input.endsWith('z') }
}

function isDay(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return day <= (month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31)
}
