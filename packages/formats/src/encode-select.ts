import type { DataType, Schema } from '@leat/connector-kit'
import type { EncodePlan } from './api.ts'
import { quoteIdent } from './sql.ts'
import { duckdbType } from './types/duckdb-type.ts'
import { castExact } from './types/conform.ts'

/**
 * A SELECT that makes `relation` (rows of `schema`) ready for `COPY … TO` with `plan.copyOptions`: times as ISO 8601 text, NaN and Infinity as
 * NULL in JSON (which has neither), nested values as JSON text in CSV. For Parquet nothing changes.
 */
export function encodeSelect(plan: EncodePlan, schema: Schema, relation: string): string {
  const columns = schema.fields.map(({ name, type }) => {
    const column = quoteIdent(name)
    const value = plan.encoding === 'parquet' ? column : plan.encoding === 'ndjson' ? forJson(column, type, 0) : forCsv(column, type)
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
        .map((field) => `${quoteIdent(field.name)} := ${forJson(`${value}.${quoteIdent(field.name)}`, field.type, depth)}`)
        .join(', ')}) END`
    case 'scalar':
      if (type.name === 'BLOB') return `to_base64(${value})`
      if (type.name === 'DOUBLE' || type.name === 'FLOAT') return `CASE WHEN isfinite(${value}) THEN ${value} ELSE NULL END`
      return isoText(value, type)
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
    return `CASE WHEN ${value} IS NULL THEN NULL ELSE CAST(${castExact(value, type, { kind: 'scalar', name: 'JSON' })} AS VARCHAR) END`
  if (type.kind !== 'scalar') return value
  return type.name === 'BLOB' ? `to_base64(${value})` : isoText(value, type)
}

/** Fractions of a second only where there are any; the offset always `Z`. */
function isoText(value: string, type: DataType): string {
  if (type.kind !== 'scalar' || (type.name !== 'TIMESTAMP' && type.name !== 'TIMESTAMPTZ')) return value
  const zoned = type.name === 'TIMESTAMPTZ'
  const naive = zoned ? `timezone('UTC', ${value})` : value
  return `CASE WHEN ${value} IS NULL THEN NULL WHEN NOT isfinite(${value}) THEN CAST(${value} AS ${duckdbType({ kind: 'scalar', name: 'VARCHAR' })}) ELSE strftime(${naive}, CASE WHEN microsecond(${naive}) % 1000000 = 0 THEN '%Y-%m-%dT%H:%M:%S${zoned ? 'Z' : ''}' ELSE '%Y-%m-%dT%H:%M:%S.%f${zoned ? 'Z' : ''}' END) END`
}
