import assert from 'node:assert/strict'
import { good } from './json-values.ts'

/** An independent exact reading of one value: text that must equal DuckDB's. */
function expected(key: string, literal: string | undefined): unknown {
  if (literal === undefined || literal === 'null') return null
  const value: unknown = JSON.parse(literal)
  if (key === 'i' || key === 'w') return rational(literal).toString()
  if (key === 'd') return scaled(literal, 2)
  if (key === 'f') return Number(literal)
  if (key === 's') return typeof value === 'string' ? value : literal
  if (key === 'z')
    return micros(
      String(value)
        .replace(/([+-]\d\d)(\d\d)$/, '$1:$2')
        .replace(/(T\d\d:\d\d)Z$/, '$1:00Z'),
    )
  if (key === 'n') return micros(`${String(value).length === 10 ? `${String(value)}T00:00:00` : String(value)}Z`)
  if (key === 'o') {
    const { x, y } = JSON.parse(literal, exact) as { x?: Exact; y?: string }
    return JSON.stringify({ x: x ? rational(x.source).toString() : null, y: y ?? null })
  }
  if (key === 'l')
    return JSON.stringify(
      (JSON.parse(literal, exact) as (Exact | null)[]).map((item) => item && scaled(item.source, 3)),
    )
  if (key === 'p')
    return JSON.stringify(
      (value as ({ q?: number } | null)[]).map((item) => item && { q: item.q === undefined ? null : String(item.q) }),
    )
  return key === 'day' ? value : JSON.stringify(value)
}

interface Exact {
  readonly source: string
}
const exact = ((_key: string, value: unknown, { source }: Exact) =>
  typeof value === 'number' ? { source } : value) as (key: string, value: unknown) => unknown

function rational(literal: string, scale = 0): bigint {
  const [mantissa = '', exponent = '0'] = literal.toLowerCase().split('e')
  const [whole = '', fraction = ''] = mantissa.split('.')
  const shift = Number(exponent) - fraction.length + scale
  const digits = BigInt(whole.replace('-', '') + fraction)
  const value = shift >= 0 ? digits * 10n ** BigInt(shift) : digits / 10n ** BigInt(-shift)
  return literal.startsWith('-') ? -value : value
}

function scaled(literal: string, scale: number): string {
  const value = rational(literal, scale)
  const digits = String(value < 0 ? -value : value).padStart(scale + 1, '0')
  return `${value < 0 ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

function micros(iso: string): string {
  const [, head = '', fraction = '', zone = ''] = /^(.{19})(?:\.(\d+))?(.*)$/.exec(iso) ?? []
  return String(BigInt(Date.parse(head.replace(' ', 'T') + zone)) * 1000n + BigInt(fraction.padEnd(6, '0')))
}

/** The columns of a record that was read equal what stood in its line. */
export function same(
  actual: Readonly<Record<string, unknown>>,
  row: Readonly<Record<string, string>>,
  context: string,
): void {
  for (const key of Object.keys(good)) {
    const wanted = expected(key, row[key])
    const got =
      key === 'j' && actual[key] !== null
        ? JSON.stringify(JSON.parse(String(actual[key])))
        : key === 'b' && actual[key] !== null
          ? String(actual[key])
          : actual[key]
    assert.deepEqual(got === 'null' && (key === 'l' || key === 'p') ? null : got, wanted, `${key} of ${context}`)
  }
}
