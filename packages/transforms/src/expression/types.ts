import type { DataType, Field, ScalarName } from '@leat/connector-kit'
import { quoteName } from '../quote.ts'

/** Small constructors and questions about canonical types, and how DuckDB spells them. */
export const scalar = (name: ScalarName): DataType => ({ kind: 'scalar', name })
export const decimal = (precision: number, scale: number): DataType => ({ kind: 'decimal', precision, scale })
export const listOf = (element: DataType): DataType => ({ kind: 'list', element })
export const structOf = (fields: readonly Field[]): DataType => ({ kind: 'struct', fields })

export const boolean = scalar('BOOLEAN')
export const bigint = scalar('BIGINT')
export const hugeint = scalar('HUGEINT')
export const double = scalar('DOUBLE')
export const text = scalar('VARCHAR')
export const json = scalar('JSON')
export const unknown = scalar('UNKNOWN')

/** Digits that any value of the integer type fits in. */
const integerDigits: Partial<Record<ScalarName, number>> = {
  TINYINT: 3,
  UTINYINT: 3,
  SMALLINT: 5,
  USMALLINT: 5,
  INTEGER: 10,
  UINTEGER: 10,
  BIGINT: 19,
  UBIGINT: 20,
  HUGEINT: 38,
}
const temporalNames: readonly ScalarName[] = ['DATE', 'TIME', 'TIMESTAMP', 'TIMESTAMPTZ', 'TIMESTAMP_NS', 'INTERVAL']

export const isInteger = (type: DataType): boolean => type.kind === 'scalar' && type.name in integerDigits
export const isFloat = (type: DataType): boolean =>
  type.kind === 'scalar' && (type.name === 'FLOAT' || type.name === 'DOUBLE')
export const isExact = (type: DataType): boolean => type.kind === 'decimal' || isInteger(type)
export const isNumber = (type: DataType): boolean => isExact(type) || isFloat(type)
export const isText = (type: DataType): boolean => type.kind === 'scalar' && type.name === 'VARCHAR'
export const isJson = (type: DataType): boolean => type.kind === 'scalar' && type.name === 'JSON'
export const isUnknown = (type: DataType): boolean => type.kind === 'scalar' && type.name === 'UNKNOWN'
export const isBoolean = (type: DataType): boolean => type.kind === 'scalar' && type.name === 'BOOLEAN'
export const isTemporal = (type: DataType): boolean => type.kind === 'scalar' && temporalNames.includes(type.name)
export const isInstant = (type: DataType): boolean =>
  type.kind === 'scalar' && ['DATE', 'TIMESTAMP', 'TIMESTAMPTZ', 'TIMESTAMP_NS'].includes(type.name)

/** Precision and scale of an exact number: BIGINT counts as DECIMAL(19,0). */
export function digitsOf(type: DataType): { readonly precision: number; readonly scale: number } {
  if (type.kind === 'decimal') return type
  return { precision: type.kind === 'scalar' ? (integerDigits[type.name] ?? 38) : 38, scale: 0 }
}

export function sameType(a: DataType, b: DataType): boolean {
  return duckType(a) === duckType(b)
}

/** The type as DuckDB SQL spells it. UNKNOWN is stored as JSON. */
export function duckType(type: DataType): string {
  switch (type.kind) {
    case 'scalar':
      return type.name === 'UNKNOWN' ? 'JSON' : type.name
    case 'decimal':
      return `DECIMAL(${type.precision},${type.scale})`
    case 'struct':
      return `STRUCT(${type.fields.map((field) => `${quoteName(field.name)} ${duckType(field.type)}`).join(', ')})`
    case 'list':
      return `${duckType(type.element)}[]`
    case 'map':
      return `MAP(${duckType(type.key)}, ${duckType(type.value)})`
  }
}

/** The type for people. */
export function shownType(type: DataType): string {
  if (type.kind === 'struct') return 'a struct'
  if (type.kind === 'list') return 'a list'
  if (type.kind === 'map') return 'a map'
  return isText(type) ? 'text (VARCHAR)' : isUnknown(type) ? 'unknown' : duckType(type)
}

/**
 * The type that holds every value of both, or null: integers widen, integers and decimals meet in a decimal of at most 38 digits,
 * any float makes a DOUBLE, DATE and TIMESTAMP meet in TIMESTAMP, text and JSON in text. Nothing else mixes.
 */
export function commonType(a: DataType, b: DataType): DataType | null {
  if (isUnknown(a) || sameType(a, b)) return b
  if (isUnknown(b)) return a
  if (isNumber(a) && isNumber(b)) return commonNumber(a, b)
  if ((isText(a) && isJson(b)) || (isJson(a) && isText(b))) return text
  if (a.kind === 'list' && b.kind === 'list') {
    const element = commonType(a.element, b.element)
    return element === null ? null : listOf(element)
  }
  const names = [a, b].map((type) => (type.kind === 'scalar' ? type.name : ''))
  if (names.every((name) => name === 'DATE' || name === 'TIMESTAMP')) return scalar('TIMESTAMP')
  if (names.every((name) => name === 'DATE' || name === 'TIMESTAMP' || name === 'TIMESTAMP_NS'))
    return scalar('TIMESTAMP_NS')
  return null
}

function commonNumber(a: DataType, b: DataType): DataType {
  if (isFloat(a) || isFloat(b)) return double
  if (isInteger(a) && isInteger(b)) return digitsOf(a).precision > 19 || digitsOf(b).precision > 19 ? hugeint : bigint
  const [left, right] = [digitsOf(a), digitsOf(b)]
  const scale = Math.max(left.scale, right.scale)
  return decimal(Math.min(38, Math.max(left.precision - left.scale, right.precision - right.scale) + scale), scale)
}
