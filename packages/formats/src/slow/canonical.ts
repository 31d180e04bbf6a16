import type { DataType, Schema } from '@leat/connector-kit'
import { quoteIdent, quoteLiteral, quotePath } from '../sql.ts'
import { duckdbType } from '../types/duckdb-type.ts'

/** DuckDB's `maximum_object_size` for lines of at most `characters`: it allocates two of them per thread. */
export function objectSize(characters: number): number {
  return Math.max(16 * 1024 * 1024, 3 * characters + 1024)
}

/** A SELECT over a file of canonical lines (at most `longest` characters each) as `fitRecord` writes them; every value is read exactly. */
export function canonicalSelect(path: string, schema: Schema, longest: number): string {
  const columns = schema.fields.map((field, index) => `c${index}: ${quoteLiteral(readType(field.type))}`)
  const select = schema.fields.map((field, index) => {
    const type = duckdbType(field.type)
    return readType(field.type) === type
      ? `c${index} AS ${quoteIdent(field.name)}`
      : `CAST(c${index} AS ${type}) AS ${quoteIdent(field.name)}`
  })
  return `SELECT ${select.join(', ')} FROM read_json(${quotePath(path)}, format = 'newline_delimited', records = true, auto_detect = false, hive_partitioning = false, compression = 'uncompressed', maximum_object_size = ${objectSize(longest)}, columns = {${columns.join(', ')}})`
}

/** Times are read as text and cast as on the fast path; the reader would try formats of its own. */
function readType(type: DataType): string {
  return duckdbType(withTextTimes(type))
}

function withTextTimes(type: DataType): DataType {
  if (type.kind === 'list') return { kind: 'list', element: withTextTimes(type.element) }
  if (type.kind === 'struct')
    return {
      kind: 'struct',
      fields: type.fields.map((field) => ({ name: field.name, type: withTextTimes(field.type) })),
    }
  if (type.kind !== 'scalar') return type
  return ['DATE', 'TIME', 'TIMESTAMP', 'TIMESTAMPTZ', 'UUID'].includes(type.name)
    ? { kind: 'scalar', name: 'VARCHAR' }
    : type
}
