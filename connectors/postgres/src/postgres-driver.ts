import { isIP } from 'node:net'
import { Fault, type ConnectContext, type Connection, type JsonObject } from '@leat/connector-kit'
import {
  openTunnel,
  quoteTable,
  sqlConnection,
  type LoadRequest,
  type SqlDatabase,
  type Tunnel,
} from '@leat/connector-kit/sql'
import type pg from 'pg'
import { describeSelect, describeTable, listTables } from './catalog.ts'
import { castableFunction, postgresDialect } from './dialect.ts'
import type { LoginNames } from './faults.ts'
import { literal } from './literal.ts'
import { keyRanges, settledBoundary, splitValues } from './ranges.ts'
import { PostgresSession } from './session.ts'

export async function connect(credentials: JsonObject, context: ConnectContext): Promise<Connection> {
  return sqlConnection(new Postgres(credentials, context.signal))
}

/** How the server's lists of connections show ours. */
const ownName = 'leat'

/** Loads that run at once: one core of the server each. */
const loadsAtOnce = 2

class Postgres implements SqlDatabase {
  readonly dialect = postgresDialect
  readonly home: { readonly schema: string }
  readonly reading = {
    stream: (select: string, more: { signal: AbortSignal; commit: boolean }) => this.#stream(select, more),
    ranges: keyRanges,
    splits: splitValues,
    boundary: settledBoundary,
  }
  readonly loading = {
    form: { encoding: 'csv', files: loadsAtOnce, blob: 'hex_prefixed' } as const,
    load: (session: PostgresSession, request: LoadRequest) => this.#load(session, request),
    open: {
      session: (owner: string, epoch: number, signal: AbortSignal) =>
        this.session(signal, `${ownName} ${owner} ${epoch}`),
      evict: endOlderSessions,
    },
  }
  readonly #credentials: JsonObject
  readonly #signal: AbortSignal
  readonly #names: LoginNames
  #tunnel: Promise<Tunnel> | null = null
  /** ssl_mode `prefer`, and the server has no TLS. */
  #plain = false

  constructor(credentials: JsonObject, signal: AbortSignal) {
    this.#credentials = credentials
    this.#signal = signal
    this.home = { schema: text(credentials, 'schema_name') ?? 'public' }
    this.#names = {
      user: String(credentials['username']),
      database: String(credentials['database_name']),
      mode: text(credentials, 'ssl_mode') ?? 'prefer',
      host: `${String(credentials['host'])}:${String(credentials['port'])}`,
    }
  }

  async session(signal: AbortSignal, name = ownName): Promise<PostgresSession> {
    const both = AbortSignal.any([signal, this.#signal])
    const tries = this.#names.mode === 'prefer' && !this.#plain
    try {
      return await PostgresSession.open(await this.#config(both, name), this.#names, both)
    } catch (thrown) {
      if (!tries || !(thrown instanceof Fault) || thrown.code !== 'postgres.tls_missing') throw thrown
      this.#plain = true
      return await PostgresSession.open(await this.#config(both, name), this.#names, both)
    }
  }

  async describe(
    session: PostgresSession,
    path: Parameters<SqlDatabase['describe']>[1],
  ): ReturnType<SqlDatabase['describe']> {
    if (path.database !== undefined && path.database !== this.#names.database)
      throw new Fault({
        kind: 'config',
        code: 'postgres.other_database',
        field: 'database',
        message: `The credential is for the database "${this.#names.database}", and a connection sees only one. For "${path.database}" make another credential.`,
      })
    return await describeTable(session, path)
  }

  describeQuery(session: PostgresSession, query: string): ReturnType<SqlDatabase['describeQuery']> {
    return describeSelect(session, query)
  }

  list(session: PostgresSession, request: Parameters<SqlDatabase['list']>[1]): ReturnType<SqlDatabase['list']> {
    return listTables(session, request)
  }

  async *#stream(
    select: string,
    { signal, commit }: { signal: AbortSignal; commit: boolean },
  ): AsyncGenerator<Uint8Array> {
    await using session = await this.session(signal)
    await session.execute(commit ? 'BEGIN' : 'BEGIN READ ONLY')
    yield* session.copyOut(`COPY (${select}) TO STDOUT`)
    await session.execute('COMMIT')
  }

  async #load(session: PostgresSession, request: LoadRequest): Promise<void> {
    const { stage, columns, files, asText, signal } = request
    if (asText) await session.execute(castableFunction)
    const copy = `COPY ${quoteTable(postgresDialect, stage)} (${columns.join(', ')}) FROM STDIN (FORMAT csv)`
    const [first, ...others] = files.map((file) => () => (asText ? withoutNul(file.open()) : file.open()))
    if (first === undefined) return
    const loads = [session.copyIn(copy, first()), ...others.map((open) => this.#loadApart(copy, open, signal))]
    const failed = (await Promise.allSettled(loads)).find((load) => load.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  async #loadApart(copy: string, open: () => AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
    await using session = await this.session(signal)
    await session.copyIn(copy, open())
  }

  async #config(signal: AbortSignal, name: string): Promise<pg.ClientConfig> {
    const place = await this.#place(signal)
    const ssl = this.#ssl()
    return {
      ...place,
      user: this.#names.user,
      password: String(this.#credentials['password']),
      database: this.#names.database,
      ssl,
      connectionTimeoutMillis: 15_000,
      keepAlive: true,
      application_name: name,
      // The server notices within a second that we are gone, within a minute and a half that our machine is, and lets go of its locks. Times are ISO
      // 8601 in UTC, numbers exact.
      options:
        '-c client_connection_check_interval=1000 -c tcp_keepalives_idle=60 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3 -c datestyle=ISO -c timezone=UTC -c intervalstyle=iso_8601 -c bytea_output=hex -c extra_float_digits=1 -c standard_conforming_strings=on -c client_encoding=UTF8 -c statement_timeout=0 -c idle_in_transaction_session_timeout=0',
    }
  }

  async #place(signal: AbortSignal): Promise<{ host: string; port: number }> {
    const [host, port] = [String(this.#credentials['host']), Number(this.#credentials['port'])]
    if (this.#credentials['has_ssh_tunnel'] !== true) return { host, port }
    this.#tunnel ??= openTunnel(this.#credentials, { host, port }, signal)
    return await this.#tunnel
  }

  #ssl(): pg.ClientConfig['ssl'] {
    const { mode } = this.#names
    if (mode === 'disable' || (mode === 'prefer' && this.#plain)) return false
    const host = String(this.#credentials['host'])
    const [ca, cert, key] = ['ssl_root_cert', 'ssl_cert', 'ssl_key'].map((name) => text(this.#credentials, name))
    return {
      rejectUnauthorized: mode.startsWith('verify'),
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(mode === 'verify-ca'
        ? { checkServerIdentity: () => undefined }
        : { [isIP(host) === 0 ? 'servername' : 'host']: host }),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const tunnel = await this.#tunnel?.catch(() => null)
    await tunnel?.close()
  }
}

/** Also of the sessions of processes that sleep: waiting for what they have locked could take forever. Needs no right but our own user's. */
async function endOlderSessions(session: PostgresSession, owner: string, epoch: number): Promise<void> {
  const named = literal(`^${ownName} ${owner} (\\d+)$`)
  await session.query(
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = current_user AND datname = current_database() ` +
      `AND substring(application_name FROM ${named})::bigint < ${epoch}`,
  )
}

/** PostgreSQL has no NUL in text: a mark that no text holds takes its place, and the row is refused by it. */
async function* withoutNul(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    if (!chunk.includes(0)) yield chunk
    else yield Buffer.from(Buffer.from(chunk).toString('latin1').replaceAll('\0', '\xef\xbf\xbf'), 'latin1')
  }
}

function text(values: JsonObject, key: string): string | undefined {
  const value = values[key]
  return typeof value === 'string' && value !== '' ? value : undefined
}
