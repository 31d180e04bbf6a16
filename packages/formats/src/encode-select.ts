import type { DataType, Schema } from '@leat/connector-kit'
import type { EncodePlan } from './api.ts'
import { quoteIdent } from './sql.ts'
import { isoText, jsonTextOf } from './types/json-text.ts'

/**
 * A SELECT that makes `relation` (rows of `schema`) ready for `COPY … TO` with `plan.copyOptions`: times as ISO 8601 text, NaN and Infinity as
 * NULL in JSON (which has neither), nested values as JSON text in CSV. For Parquet nothing changes.
 */
export function encodeSelect(plan: EncodePlan, schema: Schema, relation: string): string {
  const columns = schema.fields.map(({ name, type }) => {
    const column = quoteIdent(name)
    const value =
      plan.encoding === 'parquet'
        ? column
        : plan.encoding === 'ndjson'
          ? forJson(column, type, 0)
          : forCsv(column, type)
    return value === column ? column : `${value} AS ${column}`
  })
  return `SELECT ${columns.length === 0 ? '*' : columns.join(', ')} FROM ${relation}`
}

function forJson(value: string, type: DataType, depth: number): string {
  if (!changes(type)) return value
  switch (type.kind) {
    case 'list': {
      const name = `x${depth}`
      return `list_transform(${value}, lambda ${name}: ${forJson(name, type.element, depth + 1)})`
    }
    case 'struct':
      return `CASE WHEN ${value} IS NULL THEN NULL ELSE struct_pack(${type.fields
        .map(
          (field) => `${quoteIdent(field.name)} := ${forJson(`${value}.${quoteIdent(field.name)}`, field.type, depth)}`,
        )
        .join(', ')}) END`
    case 'scalar':
      if (type.name === 'BLOB') return `to_base64(${value})`
      if (type.name === 'DOUBLE' || type.name === 'FLOAT')
        return `CASE WHEN isfinite(${value}) THEN ${value} ELSE NULL END`
      return type.name === 'TIMESTAMP' || type.name === 'TIMESTAMPTZ' ? isoText(value, type.name) : value
    default:
      return value
  }
}

function changes(type: DataType): boolean {
  if (type.kind === 'list') return changes(type.element)
  if (type.kind === 'struct') return type.fields.some((field) => changes(field.type))
  return type.kind === 'scalar' && ['TIMESTAMP', 'TIMESTAMPTZ', 'DOUBLE', 'FLOAT', 'BLOB'].includes(type.name)
}

function forCsv(value: string, type: DataType): string {
  if (type.kind === 'list' || type.kind === 'struct' || type.kind === 'map')
    return `CASE WHEN ${value} IS NULL THEN NULL ELSE ${jsonTextOf(value, type)} END`
  if (type.kind !== 'scalar') return value
  if (type.name === 'BLOB') return `to_base64(${value})`
  return type.name === 'TIMESTAMP' || type.name === 'TIMESTAMPTZ' ? isoText(value, type.name) : value
}
