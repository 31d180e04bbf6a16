import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { startEmbeddedPostgres } from '../../packages/control-plane/src/database/embedded-postgres.ts'

export interface PostgresServer {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  /** Creates an empty database and gives its name. */
  createDatabase(): Promise<string>
  /** Runs statements in a database, not through the connector; values as text. */
  query(database: string, sql: string): Promise<readonly Readonly<Record<string, string | null>>[]>
  /** Process id of the server. */
  pid(): number
  /** Ends the server as a crash does (when it still runs), and starts it again. */
  crash(): Promise<void>
  stop(): Promise<void>
}

/** The credential of a source or sink for one of the server's databases, with the rights of its superuser. */
export function credentialsFor(
  { host, port, user, password }: Pick<PostgresServer, 'host' | 'port' | 'user' | 'password'>,
  database: string,
) {
  return { host, port, username: user, password, database_name: database, ssl_mode: 'disable' } as const
}

/** A real PostgreSQL of the version that the platform brings along, in a temporary folder, for one test file. */
export async function startPostgres(): Promise<PostgresServer> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'leat-peer-postgres-'))
  let server = await startEmbeddedPostgres(folder)
  let databases = 0
  const login = (database: string) => ({ connectionString: server.url.replace(/\/[^/]*$/, `/${database}`) })
  const query = async (database: string, sql: string) => {
    const client = new pg.Client({
      ...login(database),
      types: { getTypeParser: () => (value: string) => value } as unknown as pg.CustomTypesConfig,
    })
    client.on('error', () => undefined)
    await client.connect()
    try {
      const { rows } = await client.query<Record<string, string | null>>(sql)
      return rows
    } finally {
      await client.end()
    }
  }
  const url = new URL(server.url)
  return {
    host: url.hostname,
    // As it is now: somebody may have taken the port while the server was down.
    get port() {
      return Number(new URL(server.url).port)
    },
    user: url.username,
    password: decodeURIComponent(url.password),
    query,
    async createDatabase() {
      const name = `d${process.pid}_${++databases}`
      await query('postgres', `CREATE DATABASE ${name}`)
      return name
    },
    pid: () => server.pid,
    async crash() {
      try {
        process.kill(server.pid, 'SIGQUIT')
      } catch {
        // it is gone already
      }
      await server.stop({ now: true }).catch(() => undefined)
      server = await startEmbeddedPostgres(folder)
    },
    async stop() {
      await server.stop({ now: true })
      await rm(folder, { recursive: true, force: true })
    },
  }
}
