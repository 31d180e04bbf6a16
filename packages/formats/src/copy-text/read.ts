import type { DataType, Schema } from '@leat/connector-kit'
import { fastRecordBytes } from '../limits.ts'
import { quoteIdent, quotePaths } from '../sql.ts'
import { duckdbType } from '../types/duckdb-type.ts'

/** Types that DuckDB's reader takes from the notation as they are. */
const native: ReadonlySet<string> = new Set([
  'BOOLEAN',
  'TINYINT',
  'SMALLINT',
  'INTEGER',
  'BIGINT',
  'HUGEINT',
  'UTINYINT',
  'USMALLINT',
  'UINTEGER',
  'UBIGINT',
  'FLOAT',
  'DOUBLE',
  'UUID',
  'DATE',
  'TIME',
  'TIMESTAMP',
  'TIMESTAMPTZ',
])

/** Rows with exactly the columns of `schema`; raises on a value that does not fit its column. */
export function typedSelect(paths: readonly string[], schema: Schema): string {
  const columns = schema.fields.map(({ name, type }, index) => `${valueOf(`c${index}`, type)} AS ${quoteIdent(name)}`)
  return `SELECT ${columns.join(', ')} FROM ${readCopyText(paths, schema, true)}`
}

/** `c0`, `c1` …: typed where the reader can (`typed`), else as text that is still escaped. */
export function readCopyText(paths: readonly string[], schema: Schema, typed: boolean): string {
  const columns = schema.fields.map(
    ({ type }, index) => `c${index}: '${typed && isNative(type) ? duckdbType(type) : 'VARCHAR'}'`,
  )
  // A record of one field ends with a tab: else an empty text would be an empty line, which is no record.
  if (schema.fields.length === 1) columns.push(`c1: 'VARCHAR'`)
  return `read_csv(${quotePaths(paths)}, columns = {${columns.join(', ')}}, ${options})`
}

const options = [
  'auto_detect = false',
  'header = false',
  `compression = 'none'`,
  `delim = '\t'`,
  `quote = ''`,
  `escape = ''`,
  `nullstr = '\\N'`,
  `comment = ''`,
  `new_line = '\\n'`,
  'null_padding = false',
  'strict_mode = true',
  'ignore_errors = false',
  'hive_partitioning = false',
  `max_line_size = ${fastRecordBytes}`,
  `buffer_size = ${2 * fastRecordBytes}`,
].join(', ')

export function isNative(type: DataType): boolean {
  if (type.kind === 'scalar') return native.has(type.name)
  return type.kind === 'decimal'
}

/** SQL of a field as its type; `field` is of that type already where the reader could type it. */
export function valueOf(field: string, type: DataType): string {
  if (isNative(type)) return field
  if (type.kind !== 'scalar') return `CAST(CAST(${unescaped(field)} AS JSON) AS ${duckdbType(type)})`
  switch (type.name) {
    case 'VARCHAR':
      return unescaped(field)
    case 'BLOB':
      return `unhex(${field})`
    default:
      return `CAST(${unescaped(field)} AS ${duckdbType(type)})`
  }
}

/** NUL cannot stand in the data: it holds the place of a backslash while the others are replaced. */
function unescaped(field: string): string {
  const steps: readonly (readonly [string, string])[] = [
    [`'\\\\'`, 'chr(0)'],
    [`'\\n'`, 'chr(10)'],
    [`'\\t'`, 'chr(9)'],
    [`'\\r'`, 'chr(13)'],
    [`'\\b'`, 'chr(8)'],
    [`'\\f'`, 'chr(12)'],
    [`'\\v'`, 'chr(11)'],
    ['chr(0)', `'\\'`],
  ]
  const replaced = steps.reduce((value, [from, to]) => `replace(${value}, ${from}, ${to})`, field)
  return `CASE WHEN contains(${field}, '\\') THEN ${replaced} ELSE ${field} END`
}
