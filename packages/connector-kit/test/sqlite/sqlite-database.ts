import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { Fault, faultTable, type DataType } from '../../src/index.ts'
import {
  copyTextOf,
  quoteTable,
  type LoadRequest,
  type SqlDatabase,
  type SqlRow,
  type SqlSession,
  type Table,
  type TableColumn,
} from '../../src/sql/index.ts'
import { sqliteDialect } from './sqlite-dialect.ts'

const fault = faultTable('sqlite', {
  no_file: { kind: 'config', message: 'The file {path} cannot be opened: {said}. Check path.' },
  missing: { kind: 'not_found', message: 'SQLite does not know what is asked for: {said}.' },
  query_wrong: { kind: 'config', message: 'SQLite does not understand the statement: {said}.' },
  busy: { kind: 'transient', message: 'Another process writes into {path}: {said}. It is tried again.' },
  value_misfit: { kind: 'data', message: '{said}' },
})

/** By the primary result code: https://www.sqlite.org/rescode.html */
function sqliteFault(thrown: unknown, path: string): Fault {
  if (thrown instanceof Fault) return thrown
  const { errcode = 0, message = String(thrown) } = (thrown ?? {}) as { errcode?: number; message?: string }
  const make = (name: Parameters<typeof fault>[0]): Fault => fault(name, { path, said: message }, { cause: thrown })
  if (/^no such (table|column)/.test(message)) return make('missing')
  switch (errcode & 0xff) {
    case 1:
      return make('query_wrong')
    case 5:
    case 6:
      return make('busy')
    case 14:
    case 26:
      return make('no_file')
    case 18:
    case 19:
    case 20:
      return make('value_misfit')
    default:
      return new Fault({ kind: 'bug', code: 'sqlite.unexpected', message, cause: thrown })
  }
}

const asText = (value: unknown): string | null => {
  if (value === null) return null
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value as number | bigint | string)
}

class SqliteSession implements SqlSession {
  readonly #db: DatabaseSync
  readonly #path: string
  readonly #signal: AbortSignal

  constructor(path: string, signal: AbortSignal) {
    signal.throwIfAborted()
    this.#path = path
    this.#signal = signal
    this.#db = this.#try(() => new DatabaseSync(path, { timeout: 2000 }))
  }

  query(sql: string): Promise<readonly SqlRow[]> {
    return this.#now(() =>
      this.prepare(sql)
        .all()
        .map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, asText(value)]))),
    )
  }

  execute(sql: string): Promise<number> {
    return this.#now(() => Number(this.prepare(sql).run().changes))
  }

  async transaction<T>(work: () => Promise<T>): Promise<T> {
    await this.execute('BEGIN IMMEDIATE')
    try {
      const result = await work()
      await this.execute('COMMIT')
      return result
    } catch (thrown) {
      await this.execute('ROLLBACK').catch(() => undefined)
      throw thrown
    }
  }

  async *rows(sql: string): AsyncGenerator<readonly (string | null)[]> {
    const statement = await this.#now(() => this.prepare(sql))
    statement.setReturnArrays(true)
    let count = 0
    for (const row of statement.iterate() as Iterable<unknown>) {
      // Reading is synchronous: others get their turn, and an abort is noticed.
      if (++count % 1000 === 0) await new Promise(setImmediate)
      this.#signal.throwIfAborted()
      yield (row as readonly unknown[]).map(asText)
    }
  }

  insert(statement: StatementSync, values: readonly SQLInputValue[]): void {
    this.#try(() => statement.run(...values))
  }

  prepare(sql: string): StatementSync {
    const statement = this.#try(() => this.#db.prepare(sql))
    statement.setReadBigInts(true)
    return statement
  }

  async #now<T>(work: () => T): Promise<T> {
    this.#signal.throwIfAborted()
    return this.#try(work)
  }

  #try<T>(work: () => T): T {
    try {
      return work()
    } catch (thrown) {
      throw sqliteFault(thrown, this.#path)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#db.close()
  }
}

export class SqliteDatabase implements SqlDatabase {
  readonly dialect = sqliteDialect
  readonly home = {}
  readonly reading = { stream: (select: string, more: { signal: AbortSignal }) => this.#stream(select, more.signal) }
  readonly loading = { form: { encoding: 'csv', blob: 'hex' } as const, load }
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  async session(signal: AbortSignal): Promise<SqliteSession> {
    return new SqliteSession(this.#path, signal)
  }

  async describe(session: SqlSession, { name }: { readonly name: string }): Promise<Table | null> {
    const given = `'${name.replaceAll("'", "''")}'`
    const columns = await session.query(`SELECT * FROM pragma_table_xinfo(${given}) ORDER BY cid`)
    if (columns.length === 0) return null
    const unique = await session.query(
      `SELECT json_group_array(i.name ORDER BY i.seqno) AS names FROM pragma_index_list(${given}) l, pragma_index_info(l.name) i WHERE l."unique" AND NOT l.partial GROUP BY l.name`,
    )
    const [schema] = await session.query(`SELECT type, sql FROM sqlite_schema WHERE name = ${given}`)
    return {
      path: { name },
      columns: columns.map(columnOf),
      primaryKey: columns.filter((row) => row['pk'] !== '0').map((row) => row['name'] ?? ''),
      uniqueKeys: unique.map((row) => JSON.parse(row['names'] ?? '[]') as string[]),
      guarded: /\b(CHECK|REFERENCES)\b/i.test(schema?.['sql'] ?? ''),
      rows: 0,
      bytes: 0,
      kind: schema?.['type'] === 'view' ? 'view' : 'table',
    }
  }

  async describeQuery(session: SqlSession, query: string): Promise<readonly TableColumn[]> {
    const columns = (session as SqliteSession).prepare(query).columns()
    return columns.map(({ name, type }) => columnOf({ name, type: type ?? 'ANY', notnull: '0', dflt_value: null }))
  }

  async list(session: SqlSession, { limit }: { readonly limit: number }) {
    const rows = await session.query(
      `SELECT name, type FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name LIMIT ${limit}`,
    )
    return rows.map((row) => ({
      path: { schema: 'main', name: row['name'] ?? '' },
      kind: row['type'] === 'view' ? ('view' as const) : ('table' as const),
    }))
  }

  async *#stream(select: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    await using session = await this.session(signal)
    yield* copyTextOf(session.rows(select))
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

function columnOf(row: SqlRow): TableColumn {
  const sqlType = row['type'] ?? ''
  const names = { INTEGER: 'BIGINT', INT: 'BIGINT', REAL: 'DOUBLE', BLOB: 'BLOB' } as const
  const name = names[sqlType.toUpperCase() as keyof typeof names] ?? 'VARCHAR'
  return {
    name: row['name'] ?? '',
    sqlType,
    type: { kind: 'scalar', name } as DataType,
    nullable: row['notnull'] === '0',
    hasDefault: row['dflt_value'] !== null,
    generated: (row['hidden'] ?? '0') !== '0',
  }
}

async function load(session: SqlSession, { stage, columns, files }: LoadRequest): Promise<void> {
  const own = session as SqliteSession
  const places = columns.map(() => '?').join(', ')
  const statement = own.prepare(
    `INSERT INTO ${quoteTable(sqliteDialect, stage)} (${columns.join(', ')}) VALUES (${places})`,
  )
  await session.transaction(async () => {
    for (const file of files)
      for (const row of csvRows(Buffer.concat(await Array.fromAsync(file.open())).toString()))
        own.insert(statement, row)
  })
}

/** NULL is an empty field, the empty text is `""`. */
function csvRows(text: string): (string | null)[][] {
  const rows: (string | null)[][] = []
  let row: (string | null)[] = []
  for (const [, quoted, plain = '', end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/g)) {
    row.push(quoted === undefined ? plain || null : quoted.replaceAll('""', '"'))
    if (end === '\n') rows.push(row)
    if (end === '\n') row = []
  }
  return rows
}
