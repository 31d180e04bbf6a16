import { CompiledQuery, type QueryResult } from 'kysely'

/** What SQL runs on: a Kysely instance or one of its transactions, whatever its table types are. */
export interface Sql {
  executeQuery<R>(query: CompiledQuery<R>): Promise<QueryResult<R>>
}

export type { Database } from '../database/connection.ts'

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
