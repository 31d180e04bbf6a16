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

/** The table that a sink's options name, and the path of it or of the one that would be created. */
export async function foundTable(
  db: SqlDatabase,
  session: SqlSession,
  options: JsonObject,
): Promise<{ readonly found: Table | null; readonly path: TablePath }> {
  const named = tableOf(db, options)
  const made = newPath(db.dialect, named)
  // A name that is longer than the database allows was shortened when the table was created.
  const found =
    (await db.describe(session, named)) ?? (made.name === named.name ? null : await db.describe(session, made))
  return { found, path: found === null ? made : named }
}

/** The ledger's own tables that are not there yet, each with the statement that creates it. */
export async function missingTables(
  db: SqlDatabase,
  session: SqlSession,
  ledger: DeliveryLedger,
): Promise<readonly { readonly path: TablePath; readonly ddl: string }[]> {
  const missing: { path: TablePath; ddl: string }[] = []
  for (const [index, ddl] of ledger.ddl.entries()) {
    const path = ledger.paths[index] as TablePath
    if ((await db.describe(session, path)) === null) missing.push({ path, ddl })
  }
  return missing
}

/** The ledger and the table as this delivery needs them: claimed, created, with every column. */
export async function preparedTable(
  db: SqlDatabase,
  session: SqlSession,
  request: WriterRequest,
): Promise<{ ledger: DeliveryLedger; table: Table; plan: TablePlan }> {
  const { dialect } = db
  const { found, path: wanted } = await foundTable(db, session, request.options)
  if (found === null && request.options['create_destination'] !== true) throw tableMissing(dialect, wanted)
  const ledger = new DeliveryLedger(dialect, session, request.id, found?.path ?? wanted)
  for (const { path, ddl } of await missingTables(db, session, ledger))
    await created(session, ddl, async () => (await db.describe(session, path)) !== null)
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
