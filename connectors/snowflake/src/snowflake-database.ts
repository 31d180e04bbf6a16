import type { JsonObject } from '@leat/connector-kit'
import { copyTextOf, type SqlDatabase, type SqlRow, type SqlSession } from '@leat/connector-kit/sql'
import { describeTable, listTables } from './snowflake-catalog.ts'
import { snowflakeDialect } from './snowflake-dialect.ts'
import { folded } from './snowflake-names.ts'
import { SnowflakeSession, type ColumnInfo, type TextRow } from './snowflake-session.ts'
import type { SnowflakeSettings } from './snowflake-settings.ts'
import { copyTextValue, resultColumn } from './snowflake-types.ts'
import { beginStatement } from './open-transactions.ts'
import { loadStage } from './stage-load.ts'

/** Snowflake for the SQL kit. `transaction`: name of the transactions of its sessions. */
export function snowflakeDatabase(settings: SnowflakeSettings, transaction?: string): SqlDatabase {
  const { database, schema } = settings
  const home = {
    ...(database === undefined ? {} : { database: folded(database) }),
    ...(schema === undefined ? {} : { schema: folded(schema) }),
  }
  return {
    dialect: snowflakeDialect,
    home,
    session: async (signal) => new KitSession(await SnowflakeSession.open(settings, signal), transaction),
    describe: (session, path) => describeTable(plain(session), { ...home, ...path }),
    describeQuery: async (session, query) => (await plain(session).describe(query)).map(resultColumn),
    list: (session, request) => listTables(plain(session), request, home.database),
    reading: {
      stream: (select, more) => copyText(settings, select, more),
      now: (sqlType) => (/_(TZ|LTZ)\b/i.test(sqlType) ? 'CURRENT_TIMESTAMP()' : null),
    },
    loading: {
      form: { encoding: 'csv', blob: 'base64' },
      load: (session, request) => loadStage(plain(session), request),
    },
    async [Symbol.asyncDispose]() {},
  }
}

/** The same login with what a sink's options change: the role. */
export function withOptions(settings: SnowflakeSettings, options: JsonObject): SnowflakeSettings {
  const role = options['role']
  return typeof role === 'string' && role !== '' ? { ...settings, role } : settings
}

class KitSession implements SqlSession {
  readonly inner: SnowflakeSession
  readonly #transaction: string | undefined

  constructor(inner: SnowflakeSession, transaction: string | undefined) {
    this.inner = inner
    this.#transaction = transaction
  }

  async query(sql: string): Promise<readonly SqlRow[]> {
    const { columns, rows } = await this.inner.table(sql)
    return rows.map((row) => Object.fromEntries(columns.map(({ name }, index) => [name, row[index] ?? null])))
  }

  execute(sql: string): Promise<number> {
    return this.inner.run(sql)
  }

  async transaction<T>(work: () => Promise<T>): Promise<T> {
    await this.inner.run(this.#transaction === undefined ? 'BEGIN' : beginStatement(this.#transaction))
    try {
      const result = await work()
      await this.inner.run('COMMIT')
      return result
    } catch (error) {
      // The first error counts. A session that cannot roll back ends, and its transaction with it.
      await this.inner.run('ROLLBACK').catch(() => undefined)
      throw error
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.inner[Symbol.asyncDispose]()
  }
}

function plain(session: SqlSession): SnowflakeSession {
  if (session instanceof KitSession) return session.inner
  throw new TypeError('not a session of snowflakeDatabase')
}

/** Rows of a SELECT; a statement in autocommit keeps what it changed, else it runs in a transaction that is rolled back. */
async function* copyText(
  settings: SnowflakeSettings,
  select: string,
  { signal, commit }: { readonly signal: AbortSignal; readonly commit: boolean },
): AsyncGenerator<Uint8Array> {
  await using session = await SnowflakeSession.open(settings, signal)
  if (!commit) await session.run('BEGIN')
  let convert: readonly ((value: string | null) => string | null)[] = []
  const columns = (found: readonly ColumnInfo[]): void => {
    convert = found.map(({ type }) => copyTextValue(type))
  }
  async function* converted(): AsyncGenerator<TextRow> {
    for await (const row of session.stream(select, columns))
      yield row.map((value, index) => convert[index]?.(value) ?? null)
  }
  yield* copyTextOf(converted())
  if (!commit) await session.run('ROLLBACK')
}
