import { randomBytes } from 'node:crypto'
import type { JsonObject } from '@leat/connector-kit'
import type { Conditions } from '@leat/connector-kit/conformance'
import type { SnowflakeServer } from '../../../tools/peers/fakesnow.ts'
import { tablesIn } from './tables.ts'

const doublesInDocuments = {
  shown: '{"d":12345678901234567000,"e":1e400,"h":-170141183460469231731687303715884105729}',
  because: 'this fake reads fractions in a VARIANT as doubles; the service keeps 38 digits of them',
} as const

/** A fresh schema of the database RAW; what is seen of it comes from the independent query. */
export async function conditionsIn(server: SnowflakeServer): Promise<Conditions & { readonly schema: string }> {
  const schema = `LAW_${randomBytes(4).toString('hex').toUpperCase()}`
  await server.execute(`CREATE SCHEMA RAW.${schema}`)
  const login = loginOf(server, schema)
  const rest = { host: 'my_account.snowflakecomputing.com', port: 443, access_url: server.accessUrl }
  const tables = async (): Promise<string[]> =>
    (
      await server.query(
        `SELECT table_name AS n FROM information_schema.tables WHERE table_catalog = 'RAW' AND table_schema = '${schema}'`,
      )
    ).map((row) => String(row['n']))
  return {
    schema,
    credentials: login,
    badCredentials: [
      { ...rest, username: server.user, password: 'wrong-secret-wrong-secret' },
      { ...rest, username: 'NOBODY_KNOWS_ME', password: server.password },
      { ...rest, username: server.user },
    ],
    source: tablesIn(server, schema, {
      'document/long numbers': doublesInDocuments,
      ...Object.fromEntries(
        ['date', 'naive', 'instant'].map((column) => [
          `${column}/year 10000`,
          { refused: 'column', because: 'years of Snowflake end at 9999' } as const,
        ]),
      ),
      'hugeint/max': { refused: 'column', because: 'a NUMBER has 38 digits at most' },
      'hugeint/min': { refused: 'column', because: 'a NUMBER has 38 digits at most' },
      'ubigint/max': {
        refused: 'column',
        because: 'this fake keeps NUMBER(38,0) in 64 bits; the service has 38 digits',
      },
    }),
    sink: {
      options: { table: `RAW.${schema}.OUT`, load_type: 'append', create_destination: true },
      encoding: 'rows',
      rows: async () => {
        if (!(await tables()).includes('OUT')) return []
        const rows = await server.query(`SELECT * FROM RAW.${schema}.OUT`)
        return rows.map((row) =>
          Object.fromEntries(Object.entries(row).map(([name, value]) => [name.toLowerCase(), value])),
        )
      },
      refusedChanges: {
        widen: 'a NUMBER of Snowflake never changes its scale, and rounding would change values',
      },
      differences: {
        'hugeint/max': { refused: 'record', because: 'a NUMBER has 38 digits at most' },
        'hugeint/min': { refused: 'record', because: 'a NUMBER has 38 digits at most' },
        'document/long numbers': doublesInDocuments,
        'ubigint/max': {
          refused: 'record',
          because: 'this fake keeps NUMBER(38,0) in 64 bits; the service has 38 digits',
        },
      },
      badRow: { id: 'no number', name: 'bad' },
      staged: async () => (await tables()).filter((name) => name.startsWith('_leat_stage_')).length,
      elsewhere: { module: import.meta.resolve('../src/snowflake.connector.ts'), name: 'snowflake' },
    },
    [Symbol.asyncDispose]: async () => {
      await server.execute(`DROP SCHEMA RAW.${schema} CASCADE`)
    },
  }
}

/** The guide's spelling of a login at the fake. */
export function loginOf(server: SnowflakeServer, schema = 'STAGING'): JsonObject {
  return {
    account: 'my_account',
    user: server.user,
    password: server.password,
    warehouse: 'LOAD_WH',
    database: 'RAW',
    schema,
    role: 'SYSADMIN',
    access_url: server.accessUrl,
  }
}
