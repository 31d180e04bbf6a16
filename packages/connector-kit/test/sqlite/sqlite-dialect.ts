import type { ScalarName } from '../../src/index.ts'
import type { SqlDialect } from '../../src/sql/index.ts'

const each = (names: string, type: string) =>
  Object.fromEntries(names.split(' ').map((name) => [name, type])) as Record<ScalarName, string>
const integers = each('TINYINT SMALLINT INTEGER BIGINT UTINYINT USMALLINT UINTEGER', 'INTEGER')
const texts = each(
  'UNKNOWN BOOLEAN HUGEINT UBIGINT VARCHAR UUID JSON DATE TIME TIMESTAMP TIMESTAMPTZ TIMESTAMP_NS INTERVAL',
  'TEXT',
)

/** https://www.sqlite.org/stricttables.html: four types that refuse what they cannot hold; what fits none of them is kept as its text. */
export const sqliteDialect: SqlDialect = {
  area: 'sqlite',
  title: 'SQLite',
  identifiers: { quote: ['"', '"'], longest: 200, unit: 'characters', folds: 'none' },
  types: {
    scalars: { ...texts, ...integers, FLOAT: 'REAL', DOUBLE: 'REAL', BLOB: 'BLOB' },
    decimal: () => 'TEXT',
    longestDecimal: 0,
    nested: 'TEXT',
    text: 'TEXT',
    notes: { DOUBLE: '{column}: NaN and infinity are refused, row by row' },
    staged: (sqlType) => (sqlType === 'BLOB' ? { sqlType: 'TEXT', move: (value) => `unhex(${value})` } : null),
    widening: [],
    neverWidens: (before, wanted) =>
      before === wanted ? null : `it was made as ${before}, ${wanted} is wanted, and SQLite never changes a column`,
  },
  merge: 'update_insert',
  differs: (left, right) => `${left} IS DISTINCT FROM ${right}`,
  castable: (text, type) => {
    if (type === 'INTEGER') return `CAST(CAST(${text} AS INTEGER) AS TEXT) = ${text}`
    return type === 'REAL' ? `json_valid(${text}) AND json_type(${text}) IN ('integer', 'real')` : '1 = 1'
  },
  ddl: {
    createTable: (table, columns, { primaryKey }) =>
      `CREATE TABLE ${table} (${[...columns, ...(primaryKey.length === 0 ? [] : [`PRIMARY KEY (${primaryKey.join(', ')})`])].join(', ')}) STRICT`,
    createStage: (table, columns) => `CREATE TABLE ${table} (${columns.join(', ')}) STRICT`,
    dropTable: (table) => `DROP TABLE IF EXISTS ${table}`,
    addColumn: (table, column) => `ALTER TABLE ${table} ADD COLUMN ${column}`,
    widenColumn: () => '',
  },
}
