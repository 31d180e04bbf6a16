import type { DataType, Schema } from '@leat/connector-kit'
import { quoteIdent } from '../sql.ts'
import { duckdbType } from './duckdb-type.ts'
import { isoText, jsonTextOf } from './json-text.ts'
import { keyOf } from './keys.ts'
import { integerDigits } from './merge.ts'
import { sameType } from './type.ts'

/**
 * A SELECT over `relation` (rows of `fileSchema`) with exactly the columns of `target`, in order: missing columns are NULL, others
 * are cast without loss. Raises where a value would be rounded (a 64-bit integer that DOUBLE cannot hold).
 * `relation` is a table name, a table function call or a parenthesised query.
 */
export function conformSelect(fileSchema: Schema, target: Schema, relation: string): string {
  const byKey = new Map(fileSchema.fields.map((field) => [keyOf(field.name, fileSchema.fields), field]))
  const columns = target.fields.map((field) => {
    const source = byKey.get(keyOf(field.name, target.fields))
    const value = source ? castExact(quoteIdent(source.name), source.type, field.type) : nullOf(field.type)
    return value === quoteIdent(field.name) ? value : `${value} AS ${quoteIdent(field.name)}`
  })
  return `SELECT ${columns.join(', ')} FROM ${relation}`
}

/** Unique lambda parameter per nesting level. */
const parameter = (depth: number) => `x${depth}`

/** SQL of `value` as `to`; unchanged text when nothing has to be done. */
export function castExact(value: string, from: DataType, to: DataType, depth = 0): string {
  if (sameType(from, to)) return value
  if (from.kind === 'scalar' && from.name === 'UNKNOWN') return nullOf(to)
  if (to.kind === 'scalar' && to.name === 'JSON')
    return guarded(value, `CAST(${jsonTextOf(value, from, depth)} AS JSON)`)
  if (from.kind === 'list' && to.kind === 'list') {
    const name = parameter(depth)
    return `list_transform(${value}, lambda ${name}: ${castExact(name, from.element, to.element, depth + 1)})`
  }
  if (from.kind === 'struct' && to.kind === 'struct') {
    const members = to.fields.map((field) => {
      const source = from.fields.find((candidate) => candidate.name === field.name)
      const member = source
        ? castExact(`${value}.${quoteIdent(field.name)}`, source.type, field.type, depth)
        : nullOf(field.type)
      return `${quoteIdent(field.name)} := ${member}`
    })
    return guarded(value, `struct_pack(${members.join(', ')})`)
  }
  if (from.kind === 'map' && to.kind === 'map') {
    const name = parameter(depth)
    const pair = `struct_pack(key := ${castExact(`${name}.key`, from.key, to.key, depth + 1)}, value := ${castExact(`${name}.value`, from.value, to.value, depth + 1)})`
    return guarded(value, `map_from_entries(list_transform(map_entries(${value}), lambda ${name}: ${pair}))`)
  }
  return castScalar(value, from, to)
}

function castScalar(value: string, from: DataType, to: DataType): string {
  const plain = `CAST(${value} AS ${duckdbType(to)})`
  if (to.kind === 'scalar' && (to.name === 'DOUBLE' || to.name === 'FLOAT') && !exactAsDouble(from))
    return `CASE WHEN CAST(${plain} AS ${duckdbType(from)}) IS NOT DISTINCT FROM ${value} THEN ${plain} ELSE error('a value of ${duckdbType(from)} cannot be held by ${to.name} without rounding') END`
  if (to.kind === 'scalar' && to.name === 'VARCHAR') return asText(value, from)
  if (to.kind === 'scalar' && to.name === 'BLOB' && from.kind === 'scalar' && from.name === 'VARCHAR')
    return `encode(${value})`
  if (to.kind === 'decimal' && (from.kind === 'decimal' ? from.scale > to.scale : isFloat(from)))
    return `CASE WHEN CAST(${plain} AS ${duckdbType(from)}) IS NOT DISTINCT FROM ${value} THEN ${plain} ELSE error('a value cannot be held by ${duckdbType(to)} without rounding') END`
  return plain
}

function isFloat(type: DataType): boolean {
  return type.kind === 'scalar' && (type.name === 'DOUBLE' || type.name === 'FLOAT')
}

function exactAsDouble(type: DataType): boolean {
  if (type.kind !== 'scalar') return false
  return type.name === 'FLOAT' || (integerDigits[type.name] ?? 99) <= 10
}

/** ISO 8601 where SQL's own text differs. */
function asText(value: string, from: DataType): string {
  if (from.kind === 'scalar' && (from.name === 'TIMESTAMPTZ' || from.name === 'TIMESTAMP'))
    return isoText(value, from.name)
  return `CAST(${value} AS VARCHAR)`
}

/** `struct_pack` of NULL is not NULL. */
function guarded(value: string, expression: string): string {
  return `CASE WHEN ${value} IS NULL THEN NULL ELSE ${expression} END`
}

function nullOf(type: DataType): string {
  return `CAST(NULL AS ${duckdbType(type)})`
}
