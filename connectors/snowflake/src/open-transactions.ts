import type { SnowflakeSession } from './snowflake-session.ts'

/** Name of the transactions of one writer: a process that was killed in one leaves it open, with its locks, for up to four hours. */
export function transactionName(sinkId: string, epoch: number): string {
  return `leat_${sinkId.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_')}_${epoch}`
}

export function beginStatement(name: string): string {
  return `BEGIN TRANSACTION NAME ${name}`
}

/**
 * Ends what earlier writers of this sink left open. Their transactions could not be committed any more, because the ledger has a later epoch by then.
 * https://docs.snowflake.com/en/sql-reference/sql/show-transactions (id, user, session, name, started_on, state, scope)
 */
export async function abortOpenTransactions(session: SnowflakeSession, sinkId: string, epoch: number): Promise<void> {
  const prefix = transactionName(sinkId, 0).slice(0, -1)
  for (const [id, , , name] of await session.rows('SHOW TRANSACTIONS')) {
    const lower = (name ?? '').toLowerCase()
    const of = lower.startsWith(prefix) ? /^\d+$/.exec(lower.slice(prefix.length)) : null
    if (of !== null && Number(of[0]) <= epoch && /^\d+$/.test(id ?? '')) await session.rows(abortStatement(id ?? ''))
  }
}

export function abortStatement(id: string): string {
  return `SELECT SYSTEM$ABORT_TRANSACTION(${id}) AS "aborted"`
}
