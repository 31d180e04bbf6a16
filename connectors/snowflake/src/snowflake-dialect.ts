import type { DataType, JsonObject } from '@leat/connector-kit'
import type { SqlDialect, StagedAs } from '@leat/connector-kit/sql'
import { folded, literal, longestName, quoted } from './snowflake-names.ts'

/** Values of these types are compared and staged as text: the format of files has no such values. */
const semiStructured = /^(VARIANT|OBJECT|ARRAY|MAP|GEOGRAPHY|GEOMETRY|VECTOR)\b/i

export const snowflakeDialect: SqlDialect = {
  area: 'snowflake',
  title: 'Snowflake',
  identifiers: { quote: ['"', '"'], longest: longestName, unit: 'characters', folds: 'upper' },
  types: {
    scalars: {
      UNKNOWN: 'VARIANT',
      BOOLEAN: 'BOOLEAN',
      TINYINT: 'NUMBER(38,0)',
      SMALLINT: 'NUMBER(38,0)',
      INTEGER: 'NUMBER(38,0)',
      BIGINT: 'NUMBER(38,0)',
      HUGEINT: 'NUMBER(38,0)',
      UTINYINT: 'NUMBER(38,0)',
      USMALLINT: 'NUMBER(38,0)',
      UINTEGER: 'NUMBER(38,0)',
      UBIGINT: 'NUMBER(38,0)',
      FLOAT: 'FLOAT',
      DOUBLE: 'FLOAT',
      VARCHAR: 'VARCHAR',
      BLOB: 'BINARY',
      UUID: 'VARCHAR',
      JSON: 'VARIANT',
      DATE: 'DATE',
      TIME: 'TIME',
      TIMESTAMP: 'TIMESTAMP_NTZ',
      TIMESTAMPTZ: 'TIMESTAMP_TZ',
      TIMESTAMP_NS: 'TIMESTAMP_NTZ',
      INTERVAL: 'VARCHAR',
    },
    decimal: (precision, scale) => `NUMBER(${precision},${scale})`,
    longestDecimal: 38,
    nested: 'VARIANT',
    text: 'VARCHAR',
    notes: {
      HUGEINT: '{column}: numbers of more than 38 digits are refused, row by row',
      DATE: '{column}: years before 1 and after 9999 are refused, row by row',
      TIMESTAMP: '{column}: years before 1 and after 9999, and infinity, are refused, row by row',
      TIMESTAMPTZ: '{column}: the instant is kept, with the offset +00:00; years after 9999 are refused, row by row',
      INTERVAL: '{column}: an interval is kept as text',
      nested: '{column}: in a VARIANT, numbers of more than 38 digits become floating-point numbers',
    },
    staged: stagedAs,
    // Every whole number is NUMBER(38,0) already, and a NUMBER never changes its scale.
    widening: [],
    neverWidens: (before, wanted) => {
      const [from, to] = [scaleOf(before), scaleOf(wanted)]
      return from === null || to === null || to <= from
        ? null
        : `it was made as ${before}, the nexset has ${to} decimal places, and Snowflake never changes the scale of a column`
    },
  },
  merge: 'merge',
  differs: (left, right, sqlType) =>
    semiStructured.test(sqlType)
      ? `TO_JSON(${left}) IS DISTINCT FROM TO_JSON(${right})`
      : `${left} IS DISTINCT FROM ${right}`,
  castable: (text, type) => {
    const length = /^(?:VARCHAR|CHAR|CHARACTER|STRING|TEXT)\s*(?:\(\s*(\d+)\s*\))?$/i.exec(type)
    if (length !== null) return length[1] === undefined ? '1 = 1' : `LENGTH(${text}) <= ${length[1]}`
    return `TRY_CAST(${text} AS ${type}) IS NOT NULL`
  },
  earlier: (moment, ms) => `DATEADD(millisecond, -${ms}, ${moment})`,
  literal,
  locksTables: true,
  ddl: {
    createTable: (table, columns, { primaryKey, options }) => {
      const key = primaryKey.length === 0 ? '' : `, PRIMARY KEY (${primaryKey.join(', ')})`
      return `CREATE TABLE ${table} (${columns.join(', ')}${key})${clusterBy(options)}`
    },
    // Without Time Travel and Fail-safe: nobody pays for keeping what is moved a moment later.
    createStage: (table, columns) =>
      `CREATE TRANSIENT TABLE ${table} (${columns.join(', ')}) DATA_RETENTION_TIME_IN_DAYS = 0`,
    dropTable: (table) => `DROP TABLE IF EXISTS ${table}`,
    addColumn: (table, column) => `ALTER TABLE ${table} ADD COLUMN ${column}`,
    widenColumn: (table, column, type) => `ALTER TABLE ${table} ALTER COLUMN ${column} SET DATA TYPE ${type}`,
  },
}

/** Snowflake has no partitions: `partitioning.column` is the first thing to cluster by. */
function clusterBy(options: JsonObject): string {
  const given = [options['partitioning.column'], options['clustering.columns']]
  const names = given.flatMap((value) => (typeof value === 'string' ? value.split(',') : []))
  const columns = [...new Set(names.map((name) => folded(name.trim())).filter((name) => name !== ''))]
  return columns.length === 0 ? '' : ` CLUSTER BY (${columns.map(quoted).join(', ')})`
}

function stagedAs(sqlType: string, type: DataType): StagedAs | null {
  if (/^(BINARY|VARBINARY)\b/i.test(sqlType))
    return { sqlType: 'VARCHAR', move: (value) => `TO_BINARY(${value}, 'BASE64')` }
  const scale = scaleOf(sqlType)
  if (scale !== null && losesDigits(type, scale)) return exactNumber(sqlType)
  if (!semiStructured.test(sqlType)) return null
  const into = sqlType.replace(/\(.*$/s, '').trim().toUpperCase()
  if (into === 'GEOGRAPHY' || into === 'GEOMETRY')
    return { sqlType: 'VARCHAR', move: (value) => `TO_${into}(${value})` }
  const parsed = isText(type) ? (value: string) => `TO_VARIANT(${value})` : (value: string) => `PARSE_JSON(${value})`
  return {
    sqlType: 'VARCHAR',
    move: (value) => (into === 'VARIANT' ? parsed(value) : `CAST(${parsed(value)} AS ${sqlType})`),
  }
}

/** Digits after the point of a NUMBER; null: another type. */
function scaleOf(sqlType: string): number | null {
  const [, base = '', scale] =
    /^(NUMBER|DECIMAL|NUMERIC|INT|INTEGER|BIGINT|SMALLINT|TINYINT|BYTEINT)\s*(?:\(\s*\d+\s*(?:,\s*(\d+)\s*)?\))?$/i.exec(
      sqlType,
    ) ?? []
  return base === '' ? null : Number(scale ?? 0)
}

/** True when a value of `type` may have more digits after the point than a NUMBER of this scale. */
function losesDigits(type: DataType, scale: number): boolean {
  if (type.kind === 'decimal') return type.scale > scale
  return type.kind === 'scalar' && /^(FLOAT|DOUBLE|VARCHAR|JSON|UNKNOWN)$/.test(type.name)
}

/** Snowflake would round without a word: such values come as text, and those that the column does not hold exactly are refused. */
function exactNumber(sqlType: string): StagedAs {
  return {
    sqlType: 'VARCHAR',
    move: (value) => `CAST(${value} AS ${sqlType})`,
    fits: (value) =>
      `TRY_CAST(${value} AS ${sqlType}) = TRY_CAST(${value} AS NUMBER(38,18)) OR TRY_CAST(${value} AS ${sqlType}) = TRY_CAST(${value} AS FLOAT)`,
  }
}

/** Types whose text is no JSON. */
function isText(type: DataType): boolean {
  return (
    type.kind === 'scalar' &&
    /^(VARCHAR|UUID|BLOB|DATE|TIME|TIMESTAMP|TIMESTAMPTZ|TIMESTAMP_NS|INTERVAL|FLOAT|DOUBLE)$/.test(type.name)
  )
}
