import { DatabaseSync } from 'node:sqlite'
import { recordsIn, type SourceConditions } from '../../conformance/index.ts'
import type { DataType, Json, JsonObject } from '../../src/index.ts'

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** Tables of a file as the suite wants them, made with SQL and not through the connector. */
export function tablesIn(file: string): SourceConditions {
  const run = (
    sql: string,
    rows: readonly (readonly (string | number | bigint | null | Uint8Array)[])[] = [[]],
  ): void => {
    const db = new DatabaseSync(file)
    const statement = db.prepare(sql)
    if (rows.length > 1) db.exec('BEGIN')
    for (const row of rows) statement.run(...row)
    if (rows.length > 1) db.exec('COMMIT')
    db.close()
  }
  const insert = (name: string, rows: readonly (readonly (string | number)[])[]): void =>
    run(`INSERT INTO ${quoted(name)} VALUES (${(rows[0] ?? []).map(() => '?').join(', ')})`, rows)
  const whole = (name: string): JsonObject => ({ table: quoted(name) })
  const values = (body: Uint8Array) => recordsIn(body).map((row) => Object.values(row) as (string | number)[])
  return {
    options: whole('main'),
    root: 'main',
    async put(name, body) {
      const columns = Object.entries(recordsIn(body)[0] ?? {}).map(
        ([column, value]) => `${quoted(column)} ${typeof value === 'number' ? 'INTEGER' : 'TEXT'}`,
      )
      run(`DROP TABLE IF EXISTS ${quoted(name)}`)
      run(`CREATE TABLE ${quoted(name)} (${columns.join(', ')}) STRICT`)
      insert(name, values(body))
    },
    tables: {
      whole,
      since: (name) => ({ ...whole(name), mode: 'incrementing', 'incrementing.column.name': 'n' }),
      add: async (name, body) => insert(name, values(body)),
      fill: async (name, rows) => {
        run(`CREATE TABLE ${quoted(name)} (n INTEGER, word TEXT) STRICT`)
        insert(
          name,
          Array.from({ length: rows }, (_, n) => [n, 'this is a row']),
        )
      },
    },
    values: {
      options: whole('values'),
      async put(cases) {
        const columns = new Map(cases.map(({ column, type }) => [column, type]))
        run(
          `CREATE TABLE "values" (id INTEGER, ${[...columns].map(([name, type]) => `${quoted(name)} ${typeOf(type)}`).join(', ')}) STRICT`,
        )
        for (const [index, { column, type, value }] of cases.entries())
          run(`INSERT INTO "values" (id, ${quoted(column)}) VALUES (?, ?)`, [[index + 1, valueOf(type, value)]])
      },
      differences: {
        'double/nan': { refused: 'column', because: 'SQLite takes NaN for NULL' },
      },
    },
  }
}

function typeOf(type: DataType): string {
  if (type.kind !== 'scalar') return 'TEXT'
  return { INTEGER: 'INTEGER', BIGINT: 'INTEGER', DOUBLE: 'REAL', BLOB: 'BLOB' }[type.name as string] ?? 'TEXT'
}

function valueOf(type: DataType, value: Json): string | number | bigint | null | Uint8Array {
  if (value === null) return null
  switch (typeOf(type)) {
    case 'INTEGER':
      return BigInt(String(value))
    case 'REAL':
      return Number(value)
    case 'BLOB':
      return Buffer.from(String(value), 'base64')
    default:
      return typeof value === 'object' ? JSON.stringify(value) : String(value)
  }
}
