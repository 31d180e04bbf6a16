import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { environmentRecipe, pythonIn } from './python.ts'
import { startServer } from './start-server.ts'

/**
 * A fake of Snowflake over DuckDB, https://github.com/tekumara/fakesnow, with the wrapper of the folder beside this file. It knows users,
 * roles and warehouses by name and refuses others as the service does; DDL commits an open transaction.
 */
export const fakesnowRecipe = environmentRecipe('fakesnow', 'requirements-fakesnow.txt')

export interface SnowflakeServer {
  /** `http://127.0.0.1:<port>`: the `access_url` of a credential. */
  readonly accessUrl: string
  readonly user: string
  readonly password: string
  /** Committed rows, by DuckDB SQL and past everything that fakesnow and the driver do. Bytes as Base64; decimals, times and integers beyond 2^53 as text. */
  query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>
  /** One statement in Snowflake's SQL, outside of any session, to set things up. */
  execute(sql: string): Promise<readonly (readonly unknown[])[]>
  /** The statements that drivers have sent so far, each once, as they came. */
  sent(): Promise<readonly string[]>
  stop(): Promise<void>
}

export interface SnowflakeServerOptions {
  /** Besides `INGEST_SERVICE` with the password: name -> public key (PEM), for key pair logins. */
  readonly keys?: Readonly<Record<string, string>>
  /** Default `LOAD_WH`. */
  readonly warehouses?: readonly string[]
  /** Default `SYSADMIN`, `PUBLIC`. */
  readonly roles?: readonly string[]
  /** `database.schema`, made at the start. Default `RAW.STAGING`. */
  readonly schemas?: readonly string[]
}

export async function startFakesnow(folder: string, options: SnowflakeServerOptions = {}): Promise<SnowflakeServer> {
  const user = 'INGEST_SERVICE'
  const password = randomBytes(12).toString('hex')
  const control = randomBytes(16).toString('hex')
  const server = await startServer((port) => ({
    command: pythonIn(folder),
    args: [path.join(import.meta.dirname, 'fakesnow/fakesnow_node.py'), String(port)],
    env: {
      FAKESNOW_USERS: JSON.stringify({ ...options.keys, [user]: password }),
      FAKESNOW_ROLES: (options.roles ?? ['SYSADMIN', 'PUBLIC']).join(','),
      FAKESNOW_WAREHOUSES: (options.warehouses ?? ['LOAD_WH']).join(','),
      FAKESNOW_CONTROL: control,
      PYTHONDONTWRITEBYTECODE: '1',
    },
  }))
  const accessUrl = `http://127.0.0.1:${server.port}`
  const ask = async (route: string, sql: string): Promise<unknown> => {
    const response = await fetch(`${accessUrl}/control/${route}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${control}`, 'content-type': 'application/json' },
      body: JSON.stringify({ sql }),
    })
    const answer = (await response.json()) as { rows?: unknown; error?: string }
    if (answer.error !== undefined) throw new Error(`${answer.error} in: ${sql}`)
    return answer.rows
  }
  const started: SnowflakeServer = {
    accessUrl,
    user,
    password,
    query: async (sql) => (await ask('query', sql)) as Record<string, unknown>[],
    execute: async (sql) => (await ask('execute', sql)) as unknown[][],
    sent: async () => (await ask('sent', '')) as string[],
    stop: server.stop,
  }
  for (const each of options.schemas ?? ['RAW.STAGING']) {
    await started.execute(`CREATE DATABASE IF NOT EXISTS ${each.split('.')[0]}`)
    await started.execute(`CREATE SCHEMA IF NOT EXISTS ${each}`)
  }
  return started
}
