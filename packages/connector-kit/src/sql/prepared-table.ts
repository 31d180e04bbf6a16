import type { WriterRequest } from '../contract.ts'
import type { SqlDatabase, SqlSession } from './database.ts'
import { DeliveryLedger } from './delivery-ledger.ts'
import { parseTable, type Table, type TablePath } from './table.ts'
import { newPath, planTable, tableMissing, type TablePlan } from './table-plan.ts'
import { toFault } from '../faults.ts'
import type { JsonObject } from '../contract.ts'

/** The table that a sink's options name. */
export function tableOf(db: SqlDatabase, options: JsonObject): TablePath {
  const own = { database: options['database'], schema: options['schema'] }
  const home = {
    ...db.home,
    ...(typeof own.database === 'string' ? { database: own.database } : {}),
    ...(typeof own.schema === 'string' ? { schema: own.schema } : {}),
  }
  return parseTable(String(options['table'] ?? ''), home)
}

/** The ledger and the table as this delivery needs them: claimed, created, with every column. */
export async function preparedTable(
  db: SqlDatabase,
  session: SqlSession,
  request: WriterRequest,
): Promise<{ ledger: DeliveryLedger; table: Table; plan: TablePlan }> {
  const { dialect } = db
  const named = tableOf(db, request.options)
  const found = await db.describe(session, named)
  const wanted = found === null ? newPath(dialect, named) : named
  if (found === null && request.options['create_destination'] !== true) throw tableMissing(dialect, wanted)
  const ledger = new DeliveryLedger(dialect, session, request.id, found?.path ?? wanted)
  for (const [index, ddl] of ledger.ddl.entries())
    if ((await db.describe(session, ledger.paths[index] as TablePath)) === null)
      await created(session, ddl, async () => (await db.describe(session, ledger.paths[index] as TablePath)) !== null)
  await ledger.claim(request.epoch)
  const { schema, options } = request
  const plan = planTable({ dialect, path: wanted, table: found, schema, options, made: await ledger.made() })
  for (const { ddl } of plan.statements) await session.execute(ddl)
  if (plan.statements.length > 0) await ledger.noteMade(plan.made)
  const table = plan.statements.length > 0 ? await db.describe(session, plan.table) : found
  if (table === null) throw tableMissing(dialect, wanted)
  return { ledger, table, plan: { ...plan, table: table.path } }
}

/** Two writers may create at the same moment: the second finds what the first has made. */
async function created(session: SqlSession, ddl: string, exists: () => Promise<boolean>): Promise<void> {
  try {
    await session.execute(ddl)
  } catch (thrown) {
    if (toFault(thrown).kind === 'cancelled' || !(await exists())) throw thrown
  }
}
