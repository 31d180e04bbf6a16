import type { DataType, Field, ScalarName, Schema } from '@leat/connector-kit'
import { columnFor, fold, keyOf } from './keys.ts'
import { scalar, sameType } from './type.ts'

/** Decimal digits before the point that a whole-number type can need. */
export const integerDigits: Readonly<Partial<Record<ScalarName, number>>> = {
  TINYINT: 3,
  SMALLINT: 5,
  INTEGER: 10,
  BIGINT: 19,
  HUGEINT: 39,
  UTINYINT: 3,
  USMALLINT: 5,
  UINTEGER: 10,
  UBIGINT: 20,
}
const signed: readonly ScalarName[] = ['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT']
const unsigned: readonly ScalarName[] = ['UTINYINT', 'USMALLINT', 'UINTEGER', 'UBIGINT']

/**
 * The schema that holds the rows of both. Columns keep their order, new ones come last; a column is matched by the key
 * of the records (see `keys.ts`). Only widens: `merge(merge(a, b), b)` is `merge(a, b)`.
 */
export function mergeSchema(current: Schema, incoming: Schema): Schema {
  const fields: Field[] = [...current.fields]
  for (const field of incoming.fields) {
    const key = keyOf(field.name, incoming.fields)
    const index = fields.findIndex((known) => keyOf(known.name, fields) === key)
    const known = fields[index]
    if (known) fields[index] = { name: known.name, type: mergeType(known.type, field.type) }
    else
      fields.push({
        name: columnFor(
          key,
          fields.map((other) => other.name),
        ),
        type: field.type,
      })
  }
  return { fields }
}

/**
 * The type that holds the values of both. Whole numbers -> DECIMAL -> DOUBLE; different scalars -> VARCHAR; scalar against
 * object or list, or anything with JSON -> JSON; naive and zoned times -> VARCHAR. UNKNOWN gives way to any type.
 */
export function mergeType(current: DataType, incoming: DataType): DataType {
  if (sameType(current, incoming) || isScalar(incoming, 'UNKNOWN')) return current
  if (isScalar(current, 'UNKNOWN')) return incoming
  if (current.kind === 'list' && incoming.kind === 'list')
    return { kind: 'list', element: mergeType(current.element, incoming.element) }
  if (current.kind === 'map' && incoming.kind === 'map')
    return { kind: 'map', key: mergeType(current.key, incoming.key), value: mergeType(current.value, incoming.value) }
  if (current.kind === 'struct' && incoming.kind === 'struct') return mergeStruct(current.fields, incoming.fields)
  if (isNested(current) || isNested(incoming)) return scalar('JSON')
  return mergeNumbers(current, incoming) ?? mergeScalars(current, incoming)
}

function mergeStruct(current: readonly Field[], incoming: readonly Field[]): DataType {
  const fields = new Map(current.map((field) => [field.name, field.type]))
  for (const { name, type } of incoming) {
    const known = fields.get(name)
    fields.set(name, known ? mergeType(known, type) : type)
  }
  const names = [...fields.keys()]
  if (new Set(names.map(fold)).size < names.length) return scalar('JSON')
  return { kind: 'struct', fields: names.map((name) => ({ name, type: fields.get(name) ?? scalar('JSON') })) }
}

function mergeNumbers(a: DataType, b: DataType): DataType | null {
  if (isFloat(a) || isFloat(b)) return isNumber(a) && isNumber(b) ? scalar('DOUBLE') : null
  const left = digitsOf(a)
  const right = digitsOf(b)
  if (!left || !right) return null
  if (a.kind === 'scalar' && b.kind === 'scalar') return mergeIntegers(a.name, b.name)
  const scale = Math.max(left.scale, right.scale)
  const precision = Math.max(left.whole, right.whole) + scale
  if (precision <= 38) return { kind: 'decimal', precision: Math.max(precision, 18), scale }
  // 39 digits of HUGEINT beside a scale of 0: almost every such column fits, and a value that does not is refused.
  return scale === 0 ? { kind: 'decimal', precision: 38, scale: 0 } : scalar('VARCHAR')
}

function mergeIntegers(a: ScalarName, b: ScalarName): DataType {
  for (const family of [signed, unsigned])
    if (family.includes(a) && family.includes(b))
      return scalar(family[Math.max(family.indexOf(a), family.indexOf(b))] ?? 'BIGINT')
  // More than 64 bits: DECIMAL, because Parquet has no HUGEINT (DuckDB would write DOUBLE).
  const wide = [a, b].some((name) => name === 'UBIGINT' || name === 'HUGEINT')
  return wide ? { kind: 'decimal', precision: 38, scale: 0 } : scalar('BIGINT')
}

function mergeScalars(a: DataType, b: DataType): DataType {
  const names = [a, b].map((type) => (type.kind === 'scalar' ? type.name : type.kind))
  const both = (one: ScalarName, other: ScalarName) => names.includes(one) && names.includes(other)
  if (names.includes('JSON')) return scalar('JSON')
  if (names.includes('BLOB')) return scalar('BLOB')
  if (both('DATE', 'TIMESTAMP')) return scalar('TIMESTAMP')
  return scalar('VARCHAR')
}

function digitsOf(type: DataType): { whole: number; scale: number } | null {
  if (type.kind === 'decimal') return { whole: type.precision - type.scale, scale: type.scale }
  const whole = type.kind === 'scalar' ? integerDigits[type.name] : undefined
  return whole === undefined ? null : { whole, scale: 0 }
}

function isNumber(type: DataType): boolean {
  return isFloat(type) || digitsOf(type) !== null
}

function isFloat(type: DataType): boolean {
  return isScalar(type, 'FLOAT') || isScalar(type, 'DOUBLE')
}

function isNested(type: DataType): boolean {
  return type.kind === 'list' || type.kind === 'map' || type.kind === 'struct'
}

function isScalar(type: DataType, name: ScalarName): boolean {
  return type.kind === 'scalar' && type.name === name
}
