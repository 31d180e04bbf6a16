import type { NexlaClient } from '@leat/sdk'
import pg from 'pg'
import { credentialsFor, type PostgresServer } from '../../tools/peers/postgres.ts'
import type { Outlet } from './flow.ts'

export type PostgresPlace = Pick<PostgresServer, 'host' | 'port' | 'user' | 'password' | 'createDatabase'>

/** Destinations in tables of a server of their own, which dies as well. A reader asks that server, not the platform. */
export async function postgresOutlet(client: NexlaClient, server: PostgresPlace, name: string): Promise<Outlet> {
  const database = await server.createDatabase()
  const { host, port, user, password } = server
  const credential = await client.credentials.create({
    name: `postgres ${name}`,
    credentials_type: 'postgres',
    credentials: credentialsFor(server, database),
  } as never)
  const table = (part: string): string => `${name}_${part}`.replaceAll(/[^a-z0-9_]/gi, '_').toLowerCase()
  return {
    credentialId: credential.id,
    sink: (part) => ({
      type: 'postgres',
      config: { table: table(part), 'insert.mode': 'INSERT' },
      create_destination: true,
    }),
    rows: (part) => rowsOf({ host, port, user, password, database }, table(part)),
  }
}

async function* rowsOf(login: pg.ClientConfig, table: string): AsyncGenerator<unknown> {
  const client = new pg.Client({ ...login, connectionTimeoutMillis: 5000 })
  client.on('error', () => undefined)
  await client.connect()
  try {
    const { rows: tables } = await client.query('select to_regclass($1) is not null as there', [table])
    // A table has no order of its own: what a key's records are in is not judged here.
    if ((tables[0] as { there: boolean }).there)
      for (const row of (await client.query(`select * from ${table} order by key, pos`)).rows) yield fromColumns(row)
  } finally {
    await client.end()
  }
}

/** int8 comes as text from the driver; every number of the suite is safe. */
function fromColumns(row: Record<string, unknown>): unknown {
  return { ...row, seq: Number(row['seq']), pos: Number(row['pos']), extra: row['extra'] ?? undefined }
}
