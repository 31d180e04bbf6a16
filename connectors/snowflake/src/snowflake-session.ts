import type { Column, Connection, RowStatement, StatementOption } from 'snowflake-sdk'
import { Fault } from '@leat/connector-kit'
import { driverFault, type Doing } from './faults.ts'
import { loadDriver } from './load-driver.ts'
import { literal } from './snowflake-names.ts'
import type { SnowflakeSettings } from './snowflake-settings.ts'

/** Values as text, in the formats that the session sets; null is SQL NULL. */
export type TextRow = readonly (string | null)[]

export interface ColumnInfo {
  readonly name: string
  /** `fixed`, `real`, `text`, `boolean`, `date`, `time`, `timestamp_ntz` …, `variant`, `object`, `array`, `binary`. */
  readonly type: string
  readonly precision: number | null
  readonly scale: number | null
}

/** Everything is text, so that no number passes through a double and no time through a Date. */
const everythingAsText = ['String', 'Boolean', 'Number', 'Date', 'JSON', 'Buffer'] as const

const exactFormats = {
  TIMEZONE: 'UTC',
  DATE_OUTPUT_FORMAT: 'YYYY-MM-DD',
  TIME_OUTPUT_FORMAT: 'HH24:MI:SS.FF9',
  TIMESTAMP_NTZ_OUTPUT_FORMAT: 'YYYY-MM-DD HH24:MI:SS.FF9',
  TIMESTAMP_LTZ_OUTPUT_FORMAT: 'YYYY-MM-DD HH24:MI:SS.FF9TZH:TZM',
  TIMESTAMP_TZ_OUTPUT_FORMAT: 'YYYY-MM-DD HH24:MI:SS.FF9TZH:TZM',
  BINARY_OUTPUT_FORMAT: 'HEX',
} as const

/** One login. Statements run one after another. Disposing ends it, and with it an open transaction. */
export class SnowflakeSession implements AsyncDisposable {
  readonly #connection: Connection
  readonly #doing: Doing
  readonly #signal: AbortSignal

  private constructor(connection: Connection, doing: Doing, signal: AbortSignal) {
    this.#connection = connection
    this.#doing = doing
    this.#signal = signal
  }

  static async open(settings: SnowflakeSettings, signal: AbortSignal): Promise<SnowflakeSession> {
    signal.throwIfAborted()
    const sdk = await loadDriver()
    const { account, accessUrl, username, login, warehouse, database, schema, role } = settings
    const doing: Doing = { accessUrl, username, ...(warehouse && { warehouse }), ...(role && { role }) }
    try {
      const connection = sdk.createConnection({
        account,
        accessUrl,
        username,
        ...(login.kind === 'basic'
          ? { password: login.password }
          : { authenticator: 'SNOWFLAKE_JWT', privateKey: login.privateKey }),
        ...(warehouse && { warehouse }),
        ...(database && { database }),
        ...(schema && { schema }),
        ...(role && { role }),
        ...settings.proxy,
        application: 'Leat',
        rowMode: 'array',
        fetchAsString: [...everythingAsText],
        // A null in a column of texts is null, not the text "NULL".
        representNullAsStringNull: false,
        clientSessionKeepAlive: true,
        sfRetryMaxLoginRetries: 1,
      })
      await connected(connection)
      const session = new SnowflakeSession(connection, doing, signal)
      await session.run(`ALTER SESSION SET ${assignments({ ...settings.parameters, ...exactFormats })}`)
      return session
    } catch (error) {
      signal.throwIfAborted()
      throw driverFault(doing, error)
    }
  }

  /** Runs a statement; the number of rows that it changed. */
  async run(sql: string, binds: readonly (string | null)[] = []): Promise<number> {
    const { statement } = await this.#execute(sql, binds)
    const changed = statement.getNumUpdatedRows()
    return changed === undefined || changed < 0 ? 0 : changed
  }

  /** All rows of a small result. */
  async rows(sql: string, binds: readonly (string | null)[] = []): Promise<readonly TextRow[]> {
    return (await this.#execute(sql, binds)).rows
  }

  /** All rows of a small result, and their columns. */
  async table(sql: string): Promise<{ readonly columns: readonly ColumnInfo[]; readonly rows: readonly TextRow[] }> {
    const { statement, rows } = await this.#execute(sql, [])
    return { columns: (statement.getColumns() ?? []).map(columnInfo), rows }
  }

  /** A big result, chunk after chunk. `columns` is called before the first row. */
  async *stream(sql: string, columns: (columns: readonly ColumnInfo[]) => void): AsyncGenerator<TextRow> {
    const { statement } = await this.#execute(sql, [], { streamResult: true })
    columns((statement.getColumns() ?? []).map(columnInfo))
    const rows = statement.streamRows()
    const stop = (): void => void rows.destroy()
    this.#signal.addEventListener('abort', stop, { once: true })
    try {
      for await (const row of rows) yield row as TextRow
      this.#signal.throwIfAborted()
    } catch (error) {
      this.#signal.throwIfAborted()
      throw driverFault(this.#doing, error)
    } finally {
      this.#signal.removeEventListener('abort', stop)
      rows.destroy()
    }
  }

  /** Names and types of a query's columns, without running it. */
  async describe(sql: string): Promise<readonly ColumnInfo[]> {
    const { statement } = await this.#execute(sql, [], { describeOnly: true })
    return (statement.getColumns() ?? []).map(columnInfo)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#connection.destroy(() => resolve()))
  }

  #execute(
    sql: string,
    binds: readonly (string | null)[],
    more: Partial<StatementOption> = {},
  ): Promise<{ statement: RowStatement; rows: readonly TextRow[] }> {
    this.#signal.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<{ statement: RowStatement; rows: readonly TextRow[] }>()
    const statement = this.#connection.execute({
      sqlText: sql,
      ...(binds.length > 0 && { binds: [...binds] }),
      ...more,
      complete: (error, done, rows) => {
        if (error === undefined || error === null) resolve({ statement: done, rows: (rows ?? []) as TextRow[] })
        else reject(driverFault(this.#doing, error))
      },
    })
    const stop = (): void => {
      // The answer to the cancellation is of no interest: the caller leaves now.
      statement.cancel(() => undefined)
      const { reason } = this.#signal as { reason: unknown }
      reject(
        reason instanceof Error
          ? reason
          : new Fault({ kind: 'cancelled', code: 'platform.cancelled', message: 'The work was cancelled.' }),
      )
    }
    this.#signal.addEventListener('abort', stop, { once: true })
    return promise.finally(() => this.#signal.removeEventListener('abort', stop))
  }
}

function connected(connection: Connection): Promise<void> {
  return new Promise((resolve, reject) => {
    connection.connect((error) => (error === undefined || error === null ? resolve() : reject(error)))
  })
}

function columnInfo(column: Column): ColumnInfo {
  const type = column.getType()
  const number = (value: unknown): number | null => (typeof value === 'number' ? value : null)
  return { name: column.getName(), type, precision: number(column.getPrecision()), scale: number(column.getScale()) }
}

function assignments(parameters: Readonly<Record<string, string>>): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name} = ${/^(\d+|true|false)$/i.test(value) ? value : literal(value)}`)
    .join(', ')
}
