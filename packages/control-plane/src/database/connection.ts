import { OperatorSocket } from '@leat/connector-kit'
import { Kysely, PostgresDialect, type Transaction } from 'kysely'
import pg from 'pg'
import { PreparedClient } from './prepared-client.ts'
import type { Tables } from './tables.ts'

/** Queries of the control plane. `Database` is the pool or a transaction of it: services take either. */
export type Database = Kysely<Tables>
export type DatabaseTransaction = Transaction<Tables>

export interface OpenDatabase {
  readonly db: Database
  /** The pool below, for LISTEN/NOTIFY and for pg-boss. */
  readonly pool: pg.Pool
  readonly url: string
  close(): Promise<void>
}

export interface DatabaseSettings {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string
  /** Connections of this process at most; default 10. */
  readonly connections?: number
  /** Shown in pg_stat_activity; default `leat`. */
  readonly name?: string
}

/**
 * Opens a pool on PostgreSQL with the schema `leat` first in the search path and UTC as its time zone. Connects lazily.
 * Close it before the process ends.
 *
 * How values are read: int8 as number below 2^53 and as text above; numeric as text; timestamptz as ISO 8601 UTC text with
 * milliseconds; date as `YYYY-MM-DD`; jsonb parsed; bytea as Buffer.
 */
export function openDatabase(settings: DatabaseSettings): OpenDatabase {
  const pool = new pg.Pool({
    Client: PreparedClient,
    connectionString: settings.url,
    stream: () => new OperatorSocket(),
    max: settings.connections ?? 10,
    application_name: settings.name ?? 'leat',
    options: '-c search_path=leat -c timezone=UTC -c datestyle=ISO -c plan_cache_mode=force_custom_plan',
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    types: { getTypeParser: typeParser as pg.CustomTypesConfig['getTypeParser'] },
  })
  // An idle connection that breaks (server restart) is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => undefined)
  // One that breaks in the middle of a transaction fails its query too; the event itself has no other listener while it is lent.
  pool.on('connect', (client) => client.on('error', () => undefined))
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  const close = async (): Promise<void> => {
    await db.destroy()
    // Kysely ends the pool only when it has used it.
    if (!pool.ending) await pool.end()
  }
  return { db, pool, url: settings.url, close }
}

const { builtins } = pg.types

function typeParser(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
  if (format === 'binary') return pg.types.getTypeParser(oid, 'binary') as (value: string) => unknown
  switch (oid) {
    case builtins.INT8:
      return readInt8
    case builtins.TIMESTAMPTZ:
      return readInstant
    case builtins.NUMERIC:
    case builtins.DATE:
    case builtins.TIMESTAMP:
      return (text) => text
    default:
      return pg.types.getTypeParser(oid) as (value: string) => unknown
  }
}

export function readInt8(text: string): number | string {
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : text
}

/** `2026-11-23 06:27:16.5+00` -> `2026-11-23T06:27:16.500Z`. */
export function readInstant(text: string): string {
  const parts = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d+))?\+00$/.exec(text)
  if (!parts) return text
  return `${parts[1]}T${parts[2]}.${(parts[3] ?? '').padEnd(3, '0').slice(0, 3)}Z`
}
