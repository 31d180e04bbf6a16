import type { DataType } from '@leat/connector-kit'
import type { TableColumn } from '@leat/connector-kit/sql'
import type { ColumnInfo } from './snowflake-session.ts'

const nanoseconds = '{column}: digits beyond microseconds are cut off'

/** Canonical type of a Snowflake type as DESCRIBE spells it: `NUMBER(38,0)`, `VARCHAR(16777216)`, `TIMESTAMP_NTZ(9)`. */
export function canonicalType(sqlType: string): { readonly type: DataType; readonly note?: string } {
  const [, base = '', first, second] =
    /^([A-Z_ ]+?)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?$/i.exec(sqlType.trim()) ?? []
  const scalar = (name: string): DataType => ({ kind: 'scalar', name }) as DataType
  switch (base.toUpperCase()) {
    case 'NUMBER':
    case 'DECIMAL':
    case 'NUMERIC':
    case 'FIXED':
      return { type: numberType(Number(first ?? 38), Number(second ?? 0)) }
    case 'INT':
    case 'INTEGER':
    case 'BIGINT':
    case 'SMALLINT':
    case 'TINYINT':
    case 'BYTEINT':
      return { type: numberType(38, 0) }
    case 'FLOAT':
    case 'FLOAT4':
    case 'FLOAT8':
    case 'DOUBLE':
    case 'DOUBLE PRECISION':
    case 'REAL':
      return { type: scalar('DOUBLE') }
    case 'BOOLEAN':
      return { type: scalar('BOOLEAN') }
    case 'DATE':
      return { type: scalar('DATE') }
    case 'TIME':
      return { type: scalar('TIME'), ...(Number(first ?? 9) > 6 && { note: nanoseconds }) }
    case 'DATETIME':
    case 'TIMESTAMP':
    case 'TIMESTAMP_NTZ':
      return { type: scalar('TIMESTAMP'), ...(Number(first ?? 9) > 6 && { note: nanoseconds }) }
    case 'TIMESTAMP_LTZ':
    case 'TIMESTAMP_TZ':
      return { type: scalar('TIMESTAMPTZ'), ...(Number(first ?? 9) > 6 && { note: nanoseconds }) }
    case 'BINARY':
    case 'VARBINARY':
      return { type: scalar('BLOB') }
    case 'VARIANT':
    case 'OBJECT':
    case 'ARRAY':
    case 'MAP':
    case 'VECTOR':
    case 'GEOGRAPHY':
    case 'GEOMETRY':
      return { type: scalar('JSON') }
    default:
      // VARCHAR, and what a later Snowflake may add (DECFLOAT, UUID, FILE): its text is exact.
      return { type: scalar('VARCHAR') }
  }
}

function numberType(precision: number, scale: number): DataType {
  if (scale === 0 && precision <= 9) return { kind: 'scalar', name: 'INTEGER' }
  if (scale === 0 && precision <= 18) return { kind: 'scalar', name: 'BIGINT' }
  return { kind: 'decimal', precision, scale }
}

/** A column of a query's result. The driver names types as `fixed`, `real`, `text` …. */
export function resultColumn(column: ColumnInfo): TableColumn {
  const base = { fixed: 'NUMBER', real: 'FLOAT', text: 'VARCHAR' }[column.type] ?? column.type.toUpperCase()
  const sqlType = base === 'NUMBER' ? `NUMBER(${column.precision ?? 38},${column.scale ?? 0})` : base
  return { name: column.name, sqlType, ...canonicalType(sqlType), nullable: true, hasDefault: false, generated: false }
}

/** A value of a result in the notation of copy_text. */
export function copyTextValue(kind: string): (value: string | null) => string | null {
  if (kind.startsWith('time')) return (value) => value?.replace(/(\.\d{6})\d+/, '$1') ?? null
  if (kind === 'boolean') return (value) => value?.toLowerCase() ?? null
  if (kind === 'real') return (value) => value?.replace(/^(-?)inf$/i, '$1Infinity') ?? null
  return (value) => value
}
