import { CompiledQuery, type QueryResult } from 'kysely'
import type { Database } from '../database/connection.ts'

export type { Database } from '../database/connection.ts'

/** What SQL runs on: a Kysely instance or one of its transactions, whatever its table types are. */
export interface Sql {
  executeQuery<R>(query: CompiledQuery<R>): Promise<QueryResult<R>>
}

/** Runs a statement with `$1…` parameters. Pass JSON as text and cast it (`$1::jsonb`): arrays become PostgreSQL arrays. */
export async function query<R>(on: Sql, text: string, values: readonly unknown[] = []): Promise<readonly R[]> {
  const result = await on.executeQuery<R>(CompiledQuery.raw(text, [...values]) as CompiledQuery<R>)
  return result.rows
}

/** The only row, or undefined. */
export async function queryOne<R>(on: Sql, text: string, values: readonly unknown[] = []): Promise<R | undefined> {
  return (await query<R>(on, text, values))[0]
}

/** Number of rows that an INSERT, UPDATE or DELETE touched. */
export async function execute(on: Sql, text: string, values: readonly unknown[] = []): Promise<number> {
  const result = await on.executeQuery(CompiledQuery.raw(text, [...values]))
  return Number(result.numAffectedRows ?? 0n)
}

const deadlock = '40P01'
const serializationFailure = '40001'
const tries = 4

/**
 * One transaction at READ COMMITTED (each statement sees what was committed before it started). It is run again when PostgreSQL chose it as
 * the victim of a deadlock, so `work` must have no effect outside the database.
 */
export async function transact<T>(database: Database, work: (tx: Sql) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await database.transaction().execute(work)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if ((code !== deadlock && code !== serializationFailure) || attempt === tries) throw error
    }
  }
}
