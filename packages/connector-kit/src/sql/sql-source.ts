import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { JsonObject, Part, ReadRequest, SourceSession, Unit } from '../contract.ts'
import { Fault } from '../faults.ts'
import type { SqlDatabase, SqlReading, SqlSession } from './database.ts'
import { quoteName } from './dialect.ts'
import { incrementalParts } from './incremental.ts'
import { tableOf } from './prepared-table.ts'
import { emptyPart, selectPart, type Relation } from './select-part.ts'
import { Spool } from './spool.ts'
import { quoteTable, showTable } from './table.ts'

/** A table or a query as a source: everything in every run (in ranges, where the driver can cut the table), or what is new. */
export function sqlSource(db: SqlDatabase, reading: SqlReading, options: JsonObject): SourceSession {
  const incremental = options['mode'] !== undefined && options['mode'] !== 'none'
  const spools = new AsyncDisposableStack()
  return {
    async *units({ signal }) {
      signal.throwIfAborted()
      await using session = await db.session(signal)
      const { origin, table } = await relationOf(db, session, options)
      if (incremental) {
        yield { key: origin, version: null, bytes: 0, payload: {} }
        return
      }
      // Every run reads everything again: a version that never was.
      const version = randomUUID()
      const ranges = table === null ? [] : ((await reading.ranges?.(session, table)) ?? [])
      if (ranges.length < 2) yield unit(origin, version, table?.bytes ?? 0, '')
      for (const [index, where] of ranges.length < 2 ? [] : ranges.entries()) {
        signal.throwIfAborted()
        yield unit(`${origin}#${index + 1}`, version, Math.ceil((table?.bytes ?? 0) / ranges.length), where)
      }
    },
    async *read(listed: Unit, request: ReadRequest): AsyncGenerator<Part> {
      request.signal.throwIfAborted()
      await using session = await db.session(request.signal)
      const relation = await relationOf(db, session, options)
      if (incremental) {
        const spool = (): Spool => spools.use(new Spool())
        yield* incrementalParts({ db, reading, session, relation, options, request, spool })
        return
      }
      const checkpoint = { read: listed.version }
      if (isDeepStrictEqual(request.checkpoint, checkpoint)) return yield emptyPart(relation, checkpoint)
      const where = String(listed.payload['where'] ?? '')
      yield selectPart(db, reading, relation, {
        origin: listed.key,
        where,
        commit: options['commit.on.read'] === true,
        signal: request.signal,
        checkpoint,
      })
    },
    [Symbol.asyncDispose]: () => spools.disposeAsync(),
  }
}

function unit(key: string, version: string, bytes: number, where: string): Unit {
  return { key, version, bytes, payload: { where } }
}

export async function relationOf(db: SqlDatabase, session: SqlSession, options: JsonObject): Promise<Relation> {
  const { dialect } = db
  if (options['db_query_mode'] === 'Query') {
    const query = String(options['query'] ?? '')
      .trim()
      .replace(/;\s*$/, '')
    const columns = await db.describeQuery(session, query)
    if (columns.length === 0) throw noColumns(dialect.area, 'The query')
    return { origin: 'query', from: `(${query}\n) ${quoteName(dialect, 'leat_query')}`, columns, table: null }
  }
  const path = tableOf(db, options)
  const table = await db.describe(session, path)
  if (table === null)
    throw new Fault({
      kind: 'not_found',
      code: `${dialect.area}.table_missing`,
      field: 'table',
      message: `The table ${showTable(path)} does not exist, or the login may not see it.${await nearestTables(db, session, path)}`,
    })
  if (table.columns.length === 0) throw noColumns(dialect.area, `The table ${showTable(path)}`)
  return { origin: showTable(table.path), from: quoteTable(dialect, table.path), columns: table.columns, table }
}

async function nearestTables(
  db: SqlDatabase,
  session: SqlSession,
  path: { readonly schema?: string; readonly name: string },
): Promise<string> {
  const listed = await db.list(session, {
    ...db.home,
    ...(path.schema === undefined ? {} : { schema: path.schema }),
    limit: 20,
  })
  const names = listed.map((table) => table.path.name).filter((name) => !name.startsWith('_leat_'))
  return names.length === 0 ? '' : ` There are: ${names.join(', ')}.`
}

function noColumns(area: string, what: string): Fault {
  return new Fault({
    kind: 'unsupported',
    code: `${area}.no_columns`,
    message: `${what} has no columns, so there is nothing to read.`,
  })
}
