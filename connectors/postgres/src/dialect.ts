import { literal } from './literal.ts'
import type { SqlDialect, StagedAs } from '@leat/connector-kit/sql'

/** Types without an equality operator; they are compared as text. */
const incomparable = /^(json|xml|point|polygon|box|circle|line|lseg|path)$/i

/** https://www.postgresql.org/docs/18/datatype.html */
export const postgresDialect: SqlDialect = {
  area: 'postgres',
  title: 'PostgreSQL',
  identifiers: { quote: ['"', '"'], longest: 63, unit: 'bytes', folds: 'lower' },
  types: {
    scalars: {
      UNKNOWN: 'jsonb',
      BOOLEAN: 'boolean',
      TINYINT: 'smallint',
      SMALLINT: 'smallint',
      INTEGER: 'integer',
      BIGINT: 'bigint',
      HUGEINT: 'numeric(39,0)',
      UTINYINT: 'smallint',
      USMALLINT: 'integer',
      UINTEGER: 'bigint',
      UBIGINT: 'numeric(20,0)',
      FLOAT: 'real',
      DOUBLE: 'double precision',
      VARCHAR: 'text',
      BLOB: 'bytea',
      UUID: 'uuid',
      JSON: 'jsonb',
      DATE: 'date',
      TIME: 'time without time zone',
      TIMESTAMP: 'timestamp without time zone',
      TIMESTAMPTZ: 'timestamp with time zone',
      TIMESTAMP_NS: 'timestamp without time zone',
      INTERVAL: 'interval',
    },
    decimal: (precision, scale) => `numeric(${precision},${scale})`,
    longestDecimal: 1000,
    nested: 'jsonb',
    text: 'text',
    notes: {
      TIMESTAMP_NS: '{column}: PostgreSQL counts microseconds; nanoseconds are rounded.',
    },
    staged,
    widening: [
      ['smallint', 'integer', 'bigint', 'numeric'],
      ['real', 'double precision'],
      ['date', 'timestamp without time zone'],
    ],
  },
  merge: 'merge',
  differs: (left, right, sqlType) =>
    incomparable.test(sqlType) ? `${left}::text IS DISTINCT FROM ${right}::text` : `${left} IS DISTINCT FROM ${right}`,
  castable,
  earlier: (moment, ms) => `${moment} - interval '${ms} milliseconds'`,
  checkDeferred: 'SET CONSTRAINTS ALL IMMEDIATE',
  ddl: {
    createTable: (table, columns, { primaryKey }) =>
      `CREATE TABLE ${table} (${[...columns, ...(primaryKey.length === 0 ? [] : [`PRIMARY KEY (${primaryKey.join(', ')})`])].join(', ')})`,
    createStage: (table, columns) =>
      `CREATE UNLOGGED TABLE ${table} (${columns.join(', ')}) WITH (autovacuum_enabled = false)`,
    dropTable: (table) => `DROP TABLE IF EXISTS ${table}`,
    addColumn: (table, column) => `ALTER TABLE ${table} ADD COLUMN IF NOT EXISTS ${column}`,
    widenColumn: (table, column, type) => `ALTER TABLE ${table} ALTER COLUMN ${column} TYPE ${type}`,
  },
}

/** Lists arrive as JSON; a column that is an array takes its elements. */
function staged(sqlType: string): StagedAs | null {
  if (!sqlType.endsWith('[]')) return null
  return {
    sqlType: 'jsonb',
    move: (value) =>
      `CASE WHEN ${value} IS NULL THEN NULL ELSE ARRAY(SELECT jsonb_array_elements_text(${value}))::${sqlType} END`,
  }
}

/** Tells, in any supported version, whether text can become a type; made for the session. */
export const castableFunction = `CREATE OR REPLACE FUNCTION pg_temp._leat_castable(given text, wanted text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF position(chr(65535) in given) > 0 THEN RETURN false; END IF;
  EXECUTE format('SELECT $1::%s', wanted) USING given;
  RETURN true;
EXCEPTION WHEN data_exception OR integrity_constraint_violation OR feature_not_supported OR program_limit_exceeded THEN
  RETURN false;
END $$`

/** A cast cuts text to the length of its type without a word; a row that is too long is refused instead. */
function castable(text: string, type: string): string {
  const length = /^(?:character|character varying|varchar|char|bit|bit varying)\((\d+)\)$/i.exec(type)?.[1]
  const fits = `pg_temp._leat_castable(${text}, ${literal(type)})`
  return length === undefined ? fits : `(char_length(${text}) <= ${length} AND ${fits})`
}
