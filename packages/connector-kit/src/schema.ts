/**
 * The canonical schema: what a nexset holds, in the vocabulary of DuckDB's types. Connectors read it to
 * create tables or to label files; formats infer it; transforms compile against it; the engine merges it.
 *
 * Order of fields is the order of columns. Names are exact (case kept); two names that differ only in case
 * never stand in one struct (see `formats`: such objects become JSON).
 */
export interface Schema {
  readonly fields: readonly Field[]
}

export interface Field {
  readonly name: string
  readonly type: DataType
}

export type DataType =
  | { readonly kind: 'scalar'; readonly name: ScalarName }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'struct'; readonly fields: readonly Field[] }
  | { readonly kind: 'list'; readonly element: DataType }
  | { readonly kind: 'map'; readonly key: DataType; readonly value: DataType }

/**
 * `UNKNOWN`: every value seen so far was null (or the list was empty); it merges with any type and is stored
 * as JSON text until a value is seen. `TIMESTAMP` is naive, `TIMESTAMPTZ` an instant; both count microseconds.
 */
export const scalarNames = [
  'UNKNOWN',
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
  'VARCHAR',
  'BLOB',
  'UUID',
  'JSON',
  'DATE',
  'TIME',
  'TIMESTAMP',
  'TIMESTAMPTZ',
  'TIMESTAMP_NS',
  'INTERVAL',
] as const
export type ScalarName = (typeof scalarNames)[number]
