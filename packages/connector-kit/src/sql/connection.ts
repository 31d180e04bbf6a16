import type {
  Connection,
  PlannedChange,
  PlannedRows,
  PlanRequest,
  PlanRowsRequest,
  Tree,
  TreeNode,
  TreeRequest,
} from '../contract.ts'
import type { SqlDatabase, SqlLoading, SqlSession } from './database.ts'
import { countStatement, ordinalColumn } from './merge-sql.ts'
import { foundTable, missingTables } from './prepared-table.ts'
import { RowJudge } from './refuse-rows.ts'
import { sqlSource } from './sql-source.ts'
import { SqlWriter } from './sql-writer.ts'
import { createStage, newStageName, rowsAsFile, stageColumns } from './stage-table.ts'
import { quoteTable, type Table } from './table.ts'
import { describePlan, planTable, splitPlan, type TablePlan } from './table-plan.ts'
import { DeliveryLedger } from './delivery-ledger.ts'

/** A whole connection over what a driver knows of its database. */
export function sqlConnection(db: SqlDatabase): Connection {
  const { reading, loading } = db
  return {
    async check() {
      await using session = await db.session(AbortSignal.timeout(30_000))
      await db.list(session, { ...db.home, limit: 1 })
    },
    tree: (request) => tree(db, request),
    ...(reading === undefined ? {} : { source: (options) => sqlSource(db, reading, options) }),
    ...(loading === undefined
      ? {}
      : {
          openWriter: (request) => SqlWriter.open(db, loading, request),
          plan: (request) => plan(db, request),
          planRows: (request) => planRows(db, loading, request),
        }),
    [Symbol.asyncDispose]: () => db[Symbol.asyncDispose](),
  }
}

async function plan(db: SqlDatabase, request: PlanRequest): Promise<readonly PlannedChange[]> {
  const { dialect } = db
  await using session = await db.session(request.signal)
  const { planned, missing } = await planFor(db, session, request)
  const changes = describePlan(dialect, planned)
  for (const { path, ddl } of missing)
    changes.push({ what: `Create ${path.name}, where Leat notes what it has delivered.`, ddl })
  return changes
}

/** What `preparedTable` would do, without doing it. */
async function planFor(
  db: SqlDatabase,
  session: SqlSession,
  { id, options, schema }: PlanRequest,
): Promise<{
  readonly table: Table | null
  readonly planned: TablePlan
  /** Tables of the ledger that are not there. */
  readonly missing: Awaited<ReturnType<typeof missingTables>>
}> {
  const { dialect } = db
  const { found: table, path } = await foundTable(db, session, options)
  const ledger = new DeliveryLedger(dialect, session, id, table?.path ?? path)
  const missing = await missingTables(db, session, ledger)
  const made = missing.length > 0 ? {} : await ledger.made()
  return { table, planned: planTable({ dialect, path, table, schema, options, made }), missing }
}

/** Loads what waits into a staging table, counts, and drops it. */
async function planRows(db: SqlDatabase, loading: SqlLoading, request: PlanRowsRequest): Promise<PlannedRows> {
  const { dialect } = db
  const { options, signal } = request
  await using session = await db.session(signal)
  const { table, planned } = await planFor(db, session, request)
  const upsertNulls = options['upsert.nulls'] !== false
  const sifter = new RowJudge(db, session, planned, upsertNulls)
  // The table is judged as it is: what the plan would add is not there, so it refuses nothing, and a value for it changes its row.
  const { present, added } = splitPlan(planned, table)
  const keyless = planned.keys.some((key) => added.some(({ name }) => name === key))
  const known = keyless ? null : table
  const judge = new RowJudge(db, session, known === null ? planned : present, upsertNulls)
  const sums = { inserted: 0, updated: 0, unchanged: 0, refused: 0 }
  const form = { ...loading.form, ordinal: ordinalColumn }
  for await (const batch of request.encode(form)) {
    const files = batch.kind === 'files' ? batch.files : [rowsAsFile(batch, form)]
    const offered = files.reduce((sum, file) => sum + file.rows, 0)
    const texts = { ...planned.table, name: newStageName(dialect, 'plan', 0) }
    const stage = { ...planned.table, name: newStageName(dialect, 'plan', 0) }
    try {
      await createStage(db, session, planned, texts, true)
      await createStage(db, session, planned, stage, false)
      await loading.load(session, {
        stage: texts,
        columns: stageColumns(dialect, planned),
        files,
        asText: true,
        signal,
      })
      const refused = (await sifter.sift(texts, stage)).length + (await judge.judge(stage, known)).length
      sums.refused += refused
      if (known === null) sums.inserted += offered - refused
      else {
        const [row] = await session.query(countStatement(dialect, present, stage, { upsertNulls, added }))
        const [all, found, changed] = [Number(row?.['n']), Number(row?.['found']), Number(row?.['changed'])]
        sums.inserted += all - found
        sums.updated += changed
        sums.unchanged += found - changed
      }
    } finally {
      for (const made of [texts, stage])
        await session.execute(dialect.ddl.dropTable(quoteTable(dialect, made))).catch(() => undefined)
    }
  }
  return sums
}

/** database -> schema -> table, from where the request begins; the last level lists the columns. */
async function tree(db: SqlDatabase, request: TreeRequest): Promise<Tree> {
  await using session = await db.session(request.signal)
  const [schema, named] = (request.path ?? '').split('/').filter((part) => part !== '')
  const name = request.table ?? named
  const at = {
    ...(request.database === undefined ? {} : { database: request.database }),
    ...(schema === undefined ? {} : { schema }),
  }
  if (name !== undefined) {
    const table = await db.describe(session, { ...db.home, ...at, name })
    return table === null ? {} : { [table.path.name]: { type: 'table', value: columnsOf(table.columns) } }
  }
  const listed = await db.list(session, { ...at, limit: request.limit })
  const schemas: Record<string, Record<string, TreeNode>> = {}
  let left = request.limit
  for (const { path, bytes } of listed) {
    if (path.name.startsWith('_leat_')) continue
    const group = path.schema ?? ''
    if (schemas[group] === undefined && schema === undefined && left-- <= 0) break
    const tables = (schemas[group] ??= {})
    if (request.depth <= 1 && schema === undefined) continue
    if (left-- <= 0) break
    const columns =
      request.depth > 2 || (schema !== undefined && request.depth > 1) ? await db.describe(session, path) : null
    tables[path.name] = {
      type: 'table',
      value: columns === null ? [] : columnsOf(columns.columns),
      ...(bytes === undefined ? {} : { size: bytes }),
    }
  }
  if (schema !== undefined) return schemas[schema] ?? {}
  return Object.fromEntries(
    Object.entries(schemas).map(([group, tables]) => [group, { type: 'folder', value: tables } as const]),
  )
}

function columnsOf(
  columns: readonly { name: string; sqlType: string; nullable: boolean }[],
): { name: string; type: string; nullable: boolean }[] {
  return columns.map(({ name, sqlType, nullable }) => ({ name, type: sqlType, nullable }))
}
