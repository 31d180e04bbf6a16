import { after } from 'node:test'
import type { JsonObject } from '@leat/connector-kit'
import { conformance, type Conditions } from '@leat/connector-kit/conformance'
import { credentialsFor, startPostgres } from '../../../tools/peers/postgres.ts'
import { postgres } from '../src/postgres.connector.ts'
import { tablesIn } from './tables.ts'

const server = await startPostgres()
after(() => server.stop())

// Rows that are only added wait in an open transaction, rows that replace others in staging tables.
conformance(postgres, {
  peer: { kind: 'real server', name: 'PostgreSQL 18' },
  setup: () => setup({ table: 'out', create_destination: true }),
})
conformance(postgres, {
  peer: { kind: 'real server', name: 'PostgreSQL 18, UPSERT' },
  setup: () => setup({ table: 'out', create_destination: true, load_type: 'merge', key_columns: ['id'] }),
  parts: ['sink'],
})

/** A database of its own; what is seen of it does not come through the connector. */
async function setup(options: JsonObject): Promise<Conditions> {
  const database = await server.createDatabase()
  const login = credentialsFor(server, database)
  const sql = (text: string) => server.query(database, text)
  const tables = async () =>
    (await sql(`SELECT relname FROM pg_class WHERE relkind = 'r'`)).map((row) => row['relname'] ?? '')
  return {
    credentials: login,
    badCredentials: [
      { ...login, password: 'wrong-secret-wrong-secret' },
      { ...login, username: 'nobody_knows_me' },
      { ...login, database_name: 'no_such_database' },
      { ...login, ssl_mode: 'require' },
    ],
    source: tablesIn(sql),
    sink: {
      options,
      encoding: 'rows',
      rows: async () => ((await tables()).includes('out') ? (await sql('SELECT * FROM out')).map(shown) : []),
      differences: { 'text/nul': { refused: 'record', because: 'PostgreSQL has no NUL in text' } },
      badRow: { id: 'no number', name: 'bad' },
      staged: async () => (await tables()).filter((name) => name.startsWith('_leat_stage_')).length,
      elsewhere: { module: import.meta.resolve('../src/postgres.connector.ts'), name: 'postgres' },
    },
    openHandles: async () =>
      (
        await sql(
          `SELECT 1 AS one FROM pg_stat_activity WHERE application_name LIKE 'leat%' AND datname = '${database}'`,
        )
      ).length,
    [Symbol.asyncDispose]: async () => {
      await server.query('postgres', `DROP DATABASE ${database} WITH (FORCE)`)
    },
  }
}

/** PostgreSQL shows bytes in hexadecimal, the suite has them in base64. */
function shown(row: Readonly<Record<string, string | null>>): Record<string, string | null> {
  const value = (text: string | null): string | null => {
    const hex = /^\\x([0-9a-f]*)$/.exec(text ?? '')?.[1]
    return hex === undefined ? text : Buffer.from(hex, 'hex').toString('base64')
  }
  return Object.fromEntries(Object.entries(row).map(([name, text]) => [name, value(text)]))
}
