import type { DataType, Json, JsonObject } from '@leat/connector-kit'
import { recordsIn, type SourceConditions, type ValueCase } from '@leat/connector-kit/conformance'
import { literal } from '../src/literal.ts'

type Sql = (text: string) => Promise<unknown>

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** Tables of one database as the suite wants them, made with SQL and not through the connector. */
export function tablesIn(sql: Sql): SourceConditions {
  const add = async (name: string, body: Uint8Array): Promise<void> => {
    await sql(
      `INSERT INTO ${quoted(name)} SELECT * FROM json_populate_recordset(NULL::${quoted(name)}, ${literal(JSON.stringify(recordsIn(body)))})`,
    )
  }
  const whole = (name: string): JsonObject => ({ table: quoted(name) })
  return {
    options: whole('main'),
    root: 'public',
    async put(name, body) {
      const columns = Object.entries(recordsIn(body)[0] ?? {}).map(
        ([column, value]) => `${quoted(column)} ${typeof value === 'number' ? 'bigint' : 'text'}`,
      )
      await sql(`DROP TABLE IF EXISTS ${quoted(name)}; CREATE TABLE ${quoted(name)} (${columns.join(', ')})`)
      await add(name, body)
    },
    tables: {
      whole,
      since: (name) => ({ ...whole(name), mode: 'incrementing', 'incrementing.column.name': 'n' }),
      add,
      fill: async (name, rows) => {
        await sql(
          `CREATE TABLE ${quoted(name)} AS SELECT i AS n, 'row number ' || i AS word FROM generate_series(1, ${rows}) i`,
        )
      },
    },
    values: {
      options: whole('values'),
      put: (cases) => putValues(sql, cases),
      differences: { 'text/nul': { refused: 'column', because: 'PostgreSQL has no NUL in text' } },
    },
  }
}

/** Case n has the id n, its value in its column, and NULL in all others. */
async function putValues(sql: Sql, cases: readonly ValueCase[]): Promise<void> {
  const columns = new Map(cases.map(({ column, type }) => [column, type]))
  const list = [...columns].map(([name, type]) => `${quoted(name)} ${typeOf(type)}`)
  await sql(`CREATE TABLE values (id bigint, ${list.join(', ')})`)
  for (const [index, { column, type, value }] of cases.entries())
    await sql(`INSERT INTO values (id, ${quoted(column)}) VALUES (${index + 1}, ${valueOf(type, value)})`)
}

function typeOf(type: DataType): string {
  if (type.kind === 'decimal') return `numeric(${type.precision},${type.scale})`
  if (type.kind === 'list' && type.element.kind === 'scalar') return 'bigint[]'
  if (type.kind !== 'scalar') return 'jsonb'
  const types: Readonly<Record<string, string>> = {
    INTEGER: 'integer',
    UBIGINT: 'numeric(20,0)',
    HUGEINT: 'numeric(39,0)',
    DOUBLE: 'double precision',
    VARCHAR: 'text',
    BLOB: 'bytea',
    JSON: 'json',
  }
  return types[type.name] ?? type.name.toLowerCase()
}

function valueOf(type: DataType, value: Json): string {
  if (value === null) return 'NULL'
  if (type.kind === 'scalar' && type.name === 'BLOB') return `decode(${literal(String(value))}, 'base64')`
  if (type.kind === 'list' && type.element.kind === 'scalar')
    return `${literal(`{${(value as readonly Json[]).map((one) => one ?? 'NULL').join()}}`)}::bigint[]`
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return `${literal(text)}::${typeOf(type)}`
}
