import type { DataType, ScalarName } from '@leat/connector-kit'
import type { TableColumn } from '@leat/connector-kit/sql'

/** What the catalog says about a column's type. */
export interface CatalogType {
  /** `format_type`: `numeric(18,2)`, `character varying(20)`, `integer[]`. */
  readonly sqlType: string
  /** `pg_type.typname` of the base type (domains resolved), and of the element for arrays. */
  readonly name: string
  /** `typtype` of the base: b, c (composite), e (enum), r and m (ranges). */
  readonly kind: string
  readonly isArray: boolean
  /** `atttypmod`, or that of the domain; -1 when there is none. */
  readonly modifier: number
}

type Read = Pick<TableColumn, 'type' | 'read' | 'note'>

const scalar = (name: ScalarName): DataType => ({ kind: 'scalar', name })
const asText = (column: string): string => `${column}::text`

/** The types that COPY writes in the notation of copy_text already. */
const plain: Readonly<Record<string, ScalarName>> = {
  int2: 'SMALLINT',
  int4: 'INTEGER',
  int8: 'BIGINT',
  oid: 'BIGINT',
  float4: 'FLOAT',
  float8: 'DOUBLE',
  bool: 'BOOLEAN',
  date: 'DATE',
  time: 'TIME',
  timestamp: 'TIMESTAMP',
  timestamptz: 'TIMESTAMPTZ',
  uuid: 'UUID',
  text: 'VARCHAR',
  varchar: 'VARCHAR',
  bpchar: 'VARCHAR',
  name: 'VARCHAR',
  char: 'VARCHAR',
  json: 'JSON',
  jsonb: 'JSON',
}

/**
 * A column as the nexset holds it. What has no counterpart is text that PostgreSQL reads back: ranges, intervals, network and geometric types, enums,
 * bit strings, times with a zone. A numeric without precision becomes DECIMAL(38,18); a value with more digits, and NaN, refuse their record.
 */
export function readType(from: CatalogType): Read {
  if (from.isArray) return readArray(from)
  if (from.kind === 'c') return { type: scalar('JSON'), read: (column) => `to_json(${column})::text` }
  const known = from.kind === 'b' ? plain[from.name] : undefined
  if (known !== undefined) return { type: scalar(known) }
  switch (from.name) {
    case 'numeric':
      return readNumeric(from.modifier)
    case 'bytea':
      return { type: scalar('BLOB'), read: (column) => `encode(${column}, 'hex')` }
    case 'money':
      return { type: { kind: 'decimal', precision: 21, scale: 2 }, read: (column) => `${column}::numeric` }
    case 'hstore':
      return { type: scalar('JSON'), read: (column) => `to_json(${column})::text` }
    default:
      return { type: scalar('VARCHAR'), read: asText, note: `${from.sqlType} is kept as its text` }
  }
}

/** https://github.com/postgres/postgres/blob/REL_18_STABLE/src/backend/utils/adt/numeric.c (numeric_typmod_precision, numeric_typmod_scale) */
function readNumeric(modifier: number): Read {
  if (modifier >= 4) {
    const precision = ((modifier - 4) >> 16) & 0xffff
    const packed = (modifier - 4) & 0x7ff
    const scale = packed >= 1024 ? packed - 2048 : packed
    if (scale >= 0 && scale <= precision && precision <= 38) return { type: { kind: 'decimal', precision, scale } }
    return { type: scalar('VARCHAR'), read: asText, note: 'more digits than a DECIMAL has: kept as text' }
  }
  return {
    type: { kind: 'decimal', precision: 38, scale: 18 },
    // A cast would round what it cannot hold; such text fits no DECIMAL, so the record is refused and kept.
    read: (column) =>
      `CASE WHEN ${column} = round(${column}, 18) THEN trim_scale(${column})::text WHEN ${column} IS NOT NULL THEN ${column}::text || ' has more than 18 decimals' END`,
    note: 'numeric without precision is DECIMAL(38,18); a value with more digits refuses its record: cast it in a query',
  }
}

/** Elements as JSON texts, so that none goes through a binary float. */
function readArray(from: CatalogType): Read {
  const { type } = readType({ ...from, isArray: false, sqlType: from.sqlType.replace(/\[\]$/, '') })
  if (from.kind === 'c' || from.name === 'json' || from.name === 'jsonb')
    return { type: { kind: 'list', element: scalar('JSON') }, read: (column) => `to_json(${column})::text` }
  if (from.name === 'bytea')
    return { type: { kind: 'list', element: scalar('VARCHAR') }, read: (column) => `to_json(${column}::text[])::text` }
  return {
    type: { kind: 'list', element: type },
    read: (column) => `to_json(${column}::text[])::text`,
    note: 'an array of more than one dimension refuses its record',
  }
}
