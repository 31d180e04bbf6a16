import type { DataType, Schema } from '@leat/connector-kit'
import { checkedText, guard, onlyNull } from '../checks.ts'
import { fastRecordBytes } from '../limits.ts'
import { quoteIdent, quoteLiteral, quotePaths } from '../sql.ts'
import { duckdbType } from '../types/duckdb-type.ts'
import type { Dialect } from './dialect.ts'

/**
 * The fast path of delimited text: every column is read as text in DuckDB's strict mode (a wrong number of fields, a quote that is not closed and
 * invalid UTF-8 raise) and cast with checks that the text is the canonical form of the value. An empty field is NULL, `""` is the empty text.
 */
export function strictCsvSelect(paths: readonly string[], schema: Schema, dialect: Dialect): string {
  const extra = dialect.names.filter((name) => !schema.fields.some((field) => field.name === name))
  if (extra.length > 0 || schema.fields.length === 0)
    return `SELECT error(${quoteLiteral(`the schema has no column for ${extra.slice(0, 5).join(', ')}`)}) AS "_"`
  const columns = schema.fields.map((field) => {
    const index = dialect.names.indexOf(field.name)
    const value = index < 0 ? `CAST(NULL AS ${duckdbType(field.type)})` : checked(`c${index}`, field.type)
    return `${value} AS ${quoteIdent(field.name)}`
  })
  const read = dialect.names.map((_, index) => `c${index}: 'VARCHAR'`)
  return `SELECT ${columns.join(', ')} FROM read_csv(${quotePaths(paths)}, columns = {${read.join(', ')}}, delim = ${quoteLiteral(dialect.delimiter)}, quote = ${quoteLiteral(dialect.quote)}, escape = ${quoteLiteral(dialect.escape)}, ${options})`
}

const options = [
  'auto_detect = false',
  'header = false',
  `compression = 'none'`,
  'null_padding = false',
  'strict_mode = true',
  'allow_quoted_nulls = false',
  'ignore_errors = false',
  'hive_partitioning = false',
  `comment = ''`,
  `max_line_size = ${fastRecordBytes}`,
  `buffer_size = ${2 * fastRecordBytes}`,
].join(', ')

const whole = /^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$/

function checked(value: string, type: DataType): string {
  if (type.kind === 'decimal') {
    const fraction = type.scale === 0 ? '' : `(\\.[0-9]{1,${type.scale}})?`
    return guard(
      value,
      `regexp_full_match(${value}, ${quoteLiteral(`-?(0|[1-9][0-9]*)${fraction}`)})`,
      `CAST(${value} AS ${duckdbType(type)})`,
      duckdbType(type),
    )
  }
  if (type.kind !== 'scalar') return onlyNull(value, type)
  const cast = `CAST(${value} AS ${type.name})`
  // Casts take +1, 01, 1e2, 1_000 and round 1.5: only what prints as it stood is taken.
  if (whole.test(type.name))
    return `CASE WHEN ${value} IS NULL THEN NULL WHEN CAST(${cast} AS VARCHAR) = ${value} THEN ${cast} ELSE error('no ${type.name}') END`
  switch (type.name) {
    case 'VARCHAR':
      return value
    case 'BOOLEAN':
      return `CASE WHEN ${value} IS NULL THEN NULL WHEN ${value} = 'true' THEN true WHEN ${value} = 'false' THEN false ELSE error('no BOOLEAN') END`
    case 'DOUBLE':
      return guard(
        value,
        `regexp_full_match(${value}, '-?(0|[1-9][0-9]{0,14}|(0|[1-9][0-9]*)(\\.[0-9]+)|(0|[1-9][0-9]*)(\\.[0-9]+)?[eE][+-]?[0-9]+)') AND isfinite(${cast})`,
        cast,
        'DOUBLE',
      )
    default:
      return checkedText(value, type.name) ?? onlyNull(value, type)
  }
}
