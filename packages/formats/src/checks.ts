import type { DataType } from '@leat/connector-kit'
import { duckdbType } from './types/duckdb-type.ts'

/** SQL: `then` when `value` is NULL or `holds`, else an error. */
export function guard(value: string, holds: string, then: string, name: string): string {
  return `CASE WHEN ${value} IS NULL OR (${holds}) THEN ${then} ELSE error('no ${name}') END`
}

/** Types that are read as text in JSON and CSV; null for other types. Casts alone would cut and shift. */
export function checkedText(value: string, name: string): string | null {
  switch (name) {
    case 'DATE':
      return guard(
        value,
        `strlen(${value}) = 10 AND ${value}[5] = '-' AND ${value}[8] = '-'`,
        `CAST(${value} AS DATE)`,
        name,
      )
    case 'TIMESTAMP':
      return guard(value, naiveShape(value), `CAST(${value} AS TIMESTAMP)`, name)
    case 'TIMESTAMPTZ':
      // The usual shape first, 2026-01-31T12:00:00Z: the full check costs three times as much.
      return `CASE WHEN strlen(${value}) = 20 AND suffix(${value}, 'Z') AND strpos(${value}, 'T') = 11 THEN CAST(${value} AS TIMESTAMPTZ) ELSE ${guard(value, zonedShape(value), `CAST(${value} AS TIMESTAMPTZ)`, name)} END`
    case 'UUID':
      return guard(value, `strlen(${value}) = 36`, `CAST(${value} AS UUID)`, name)
    case 'TIME':
      return guard(
        value,
        `strlen(${value}) = 8 OR (strlen(${value}) BETWEEN 10 AND 15 AND ${value}[9] = '.')`,
        `CAST(${value} AS TIME)`,
        name,
      )
    default:
      return null
  }
}

/** `2026-01-31T12:00:00` + fraction of at most 6 digits. A dot at place 20 pins what stands before it. */
function naiveShape(value: string): string {
  return `strlen(${value}) = 19 AND ${separators(value)} OR strlen(${value}) BETWEEN 21 AND 26 AND ${value}[20] = '.' AND ${digit(`${value}[-1]`)} AND ${separators(value)}`
}

function zonedShape(value: string): string {
  const body = (from: number, to: number) =>
    `(strlen(${value}) = ${from} OR strlen(${value}) BETWEEN ${from + 2} AND ${to} AND ${value}[20] = '.')`
  const offset = `${value}[-6] IN ('+', '-') AND ${value}[-3] = ':' AND substr(${value}, -5, 2) BETWEEN '00' AND '15' AND substr(${value}, -2, 2) BETWEEN '00' AND '59'`
  return `${separators(value)} AND (suffix(${value}, 'Z') AND ${body(20, 27)} OR ${offset} AND ${body(25, 32)})`
}

function separators(value: string): string {
  return `${value}[5] = '-' AND ${value}[11] IN ('T', ' ') AND ${value}[14] = ':'`
}

function digit(value: string): string {
  return `${value} BETWEEN '0' AND '9'`
}

export function onlyNull(value: string, type: DataType): string {
  return `CASE WHEN ${value} IS NULL THEN CAST(NULL AS ${duckdbType(type)}) ELSE error('a value where none is expected') END`
}
