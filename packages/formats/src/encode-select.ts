import type { DataType, Schema } from '@leat/connector-kit'
import type { EncodePlan } from './api.ts'
import { quoteIdent } from './sql.ts'
import { isoText, jsonLineOf, jsonTextOf } from './types/json-text.ts'

/**
 * A SELECT that makes `relation` (rows of `schema`) ready for `COPY … TO` with `plan.copyOptions`: times as ISO 8601 text, NaN and Infinity as
 * NULL in JSON (which has neither), nested values as JSON text in CSV. For Parquet nothing changes. A plan of lines gets one column of finished lines. Columns
 * of the relation that are named in `beside` come along as they are.
 */
export function encodeSelect(
  plan: EncodePlan,
  schema: Schema,
  relation: string,
  beside: readonly string[] = [],
): string {
  const others = beside.map(quoteIdent)
  if (plan.lines === true) return `SELECT ${[...others, `${jsonLineOf(schema)} AS line`].join(', ')} FROM ${relation}`
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
  return `SELECT ${columns.length === 0 ? '*' : [...columns, ...others].join(', ')} FROM ${relation}`
}

/**
 * The plan for rows of this schema. DuckDB writes the numbers of JSON columns through binary64, so JSON lines with such columns are made as text, and
 * written as a delimited file of one column without marks.
 */
export function planFor(plan: EncodePlan, schema: Schema): EncodePlan {
  if (plan.encoding !== 'ndjson' || !schema.fields.some((field) => holdsJson(field.type))) return plan
  return asLines(plan)
}

/** A plan that writes each record as one line of text: DuckDB lets only delimited files split by a column. */
export function asLines(plan: EncodePlan): EncodePlan {
  return { ...plan, lines: true, copyOptions: lineOptions(plan.copyOptions) }
}

/** One text column, as it is, one line each, compressed as the plan says. */
function lineOptions(copyOptions: string): string {
  const compression = /COMPRESSION (\w+)/.exec(copyOptions)?.[1] ?? 'none'
  return `(FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER E'\\n', COMPRESSION ${compression})`
}

function holdsJson(type: DataType): boolean {
  if (type.kind === 'list') return holdsJson(type.element)
  if (type.kind === 'map') return holdsJson(type.value)
  if (type.kind === 'struct') return type.fields.some((field) => holdsJson(field.type))
  return type.kind === 'scalar' && (type.name === 'JSON' || type.name === 'UNKNOWN')
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
