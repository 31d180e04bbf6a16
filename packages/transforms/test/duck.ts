import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'
import type { DataType, Field, Schema } from '@leat/connector-kit'
import { duckType } from '../src/expression/types.ts'

/** A DuckDB in memory for tests; values come back as JSON, with 64-bit integers and decimals as text. */
export interface Duck extends AsyncDisposable {
  rows(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>
  /** Column name -> DuckDB type of a SELECT. */
  types(sql: string): Promise<readonly (readonly [string, string])[]>
}

export async function openDuck(config: Record<string, string> = {}): Promise<Duck> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1', ...config })
  const connection: DuckDBConnection = await instance.connect()
  const rows = async (sql: string) => (await connection.runAndReadAll(sql)).getRowObjectsJson()
  return {
    rows,
    async types(sql) {
      return (await rows(`DESCRIBE ${sql}`)).map(
        (row) => [String(row['column_name']), String(row['column_type'])] as const,
      )
    },
    [Symbol.asyncDispose]: () => {
      connection.closeSync()
      instance.closeSync()
      return Promise.resolve()
    },
  }
}

/** `{id: 'BIGINT', item: {sku: 'VARCHAR'}, tags: ['VARCHAR']}` as a schema. */
export type Shape = { readonly [name: string]: Shape | string | readonly [Shape | string] }

export function schemaOf(shape: Shape): Schema {
  return { fields: Object.entries(shape).map(([name, type]): Field => ({ name, type: typeOf(type) })) }
}

export function typeOf(shape: Shape[string]): DataType {
  if (typeof shape !== 'string') {
    if (isList(shape)) return { kind: 'list', element: typeOf(shape[0]) }
    return { kind: 'struct', fields: schemaOf(shape).fields }
  }
  const sized = /^DECIMAL\((\d+),(\d+)\)$/.exec(shape)
  if (sized !== null) return { kind: 'decimal', precision: Number(sized[1]), scale: Number(sized[2]) }
  const map = /^MAP\((\w+), (\w+)\)$/.exec(shape)
  if (map !== null) return { kind: 'map', key: typeOf(map[1] as string), value: typeOf(map[2] as string) }
  return { kind: 'scalar', name: shape as Extract<DataType, { kind: 'scalar' }>['name'] }
}

function isList(shape: Shape | readonly [Shape | string]): shape is readonly [Shape | string] {
  return Array.isArray(shape)
}

/** A relation with exactly the schema's types, from JSON records. */
export function relationOf(schema: Schema, records: readonly unknown[]): string {
  const structure = duckType({ kind: 'struct', fields: schema.fields })
  const values = records.map((record) => `('${JSON.stringify(record).replaceAll("'", "''")}')`).join(', ')
  const columns = schema.fields.map(
    (field) => `struct_extract(r, '${field.name.replaceAll("'", "''")}') AS "${field.name.replaceAll('"', '""')}"`,
  )
  if (records.length === 0)
    return `(SELECT ${columns.join(', ')} FROM (SELECT CAST(NULL AS ${structure}) AS r) WHERE false)`
  return `(SELECT ${columns.join(', ')} FROM (SELECT CAST(CAST(j AS JSON) AS ${structure}) AS r FROM (VALUES ${values}) v(j)))`
}
