import type { DataType, Json, JsonObject } from '@leat/connector-kit'
import { recordsIn, type Differences, type SourceConditions, type ValueCase } from '@leat/connector-kit/conformance'
import type { SnowflakeServer } from '../../../tools/peers/fakesnow.ts'
import { literal, quoted } from '../src/snowflake-names.ts'

/** Tables of one schema as the suite wants them, made at the fake and not through the connector. */
export function tablesIn(server: SnowflakeServer, schema: string, differences: Differences): SourceConditions {
  const place = (name: string): string => `RAW.${schema}.${quoted(name)}`
  const add = async (name: string, body: Uint8Array): Promise<void> => {
    const rows = recordsIn(body).map(
      (row) =>
        `(${Object.values(row)
          .map((value) => (typeof value === 'number' ? String(value) : literal(String(value))))
          .join(', ')})`,
    )
    await server.execute(`INSERT INTO ${place(name)} VALUES ${rows.join(', ')}`)
  }
  const whole = (name: string): JsonObject => ({ table: quoted(name) })
  return {
    options: whole('main'),
    root: schema,
    async put(name, body) {
      const columns = Object.entries(recordsIn(body)[0] ?? {}).map(
        ([column, value]) => `${quoted(column)} ${typeof value === 'number' ? 'NUMBER(18,0)' : 'VARCHAR'}`,
      )
      await server.execute(`CREATE OR REPLACE TABLE ${place(name)} (${columns.join(', ')})`)
      await add(name, body)
    },
    tables: {
      whole,
      since: (name) => ({ ...whole(name), mode: 'incrementing', 'incrementing.column.name': 'n' }),
      add,
      fill: async (name, rows) => {
        await server.execute(
          `CREATE TABLE ${place(name)} AS SELECT SEQ4() AS "n", 'this is a row' AS "word" FROM TABLE(GENERATOR(ROWCOUNT => ${rows}))`,
        )
      },
      refusedNames: { "it's": 'this fake puts the name of a table between quotes as it is when it answers' },
    },
    values: { options: whole('values'), put: (cases) => putValues(server, place('values'), cases), differences },
  }
}

/** Case n has the id n, its value in its column, and NULL in all others. */
async function putValues(server: SnowflakeServer, table: string, cases: readonly ValueCase[]): Promise<void> {
  const columns = new Map(cases.map(({ column, type }) => [column, type]))
  const list = [...columns].map(([name, type]) => `${quoted(name)} ${typeOf(type)}`)
  await server.execute(`CREATE TABLE ${table} ("id" NUMBER(18,0), ${list.join(', ')})`)
  for (const [index, { column, type, value }] of cases.entries())
    await server.execute(`INSERT INTO ${table} ("id", ${quoted(column)}) SELECT ${index + 1}, ${valueOf(type, value)}`)
}

function typeOf(type: DataType): string {
  if (type.kind === 'decimal') return `NUMBER(${type.precision},${type.scale})`
  if (type.kind !== 'scalar') return 'VARIANT'
  if (/INT/.test(type.name)) return 'NUMBER(38,0)'
  const types: Readonly<Record<string, string>> = {
    DOUBLE: 'FLOAT',
    BLOB: 'BINARY',
    JSON: 'VARIANT',
    UUID: 'VARCHAR',
    TIMESTAMP: 'TIMESTAMP_NTZ',
    TIMESTAMPTZ: 'TIMESTAMP_TZ',
  }
  return types[type.name] ?? type.name
}

function valueOf(type: DataType, value: Json): string {
  if (value === null) return 'NULL'
  if (type.kind === 'scalar' && type.name === 'BLOB')
    return `TO_BINARY(${literal(Buffer.from(String(value), 'base64').toString('hex'))}, 'HEX')`
  if (type.kind === 'scalar' && type.name === 'JSON') return `PARSE_JSON(${literal(String(value))})`
  if (typeof value === 'object') return `PARSE_JSON(${literal(JSON.stringify(value))})`
  // Its CAST of a text to a time wants a current database.
  if (type.kind === 'scalar' && type.name.startsWith('TIMESTAMP')) return literal(String(value).replace('T', ' '))
  return `CAST(${literal(String(value))} AS ${typeOf(type)})`
}
