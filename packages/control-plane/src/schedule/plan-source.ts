import { Fault } from '@leat/connector-kit'
import { query, queryOne, type Sql } from '../ledger/sql.ts'
import { writeFlowLog } from '../ledger/flow-log.ts'
import { parseCron } from './cron.ts'

/** Now, by the one clock that all servers and workers share. */
export async function databaseTime(on: Sql): Promise<Date> {
  const row = await queryOne<{ at: string }>(on, 'select clock_timestamp() as at')
  return new Date(String(row?.at))
}

/**
 * Takes over the schedule of a source: its next run is the first time after `now`. Without a schedule it runs only on activation or when
 * somebody asks. A schedule that cannot be read (an older version let it in) is a problem of the source, not of the scheduler.
 */
export async function planSource(on: Sql, sourceId: number, now: Date): Promise<void> {
  const source = await queryOne<{ cron: string | null; status: string }>(
    on,
    `select start_cron as cron, status from data_source where id = $1 for no key update`,
    [sourceId],
  )
  if (!source) return
  const { cron } = source
  let next: Date | null = null
  try {
    if (cron !== null && source.status === 'ACTIVE') next = parseCron(cron).next(now)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    const problem = { code: error.code, message: error.message, at: now.toISOString(), retry_at: null, attempt: 1 }
    await query(on, 'update data_source set problem = $2::jsonb where id = $1', [sourceId, JSON.stringify(problem)])
    await writeFlowLog(on, { kind: 'data_source', id: sourceId }, null, 'ERROR', [error.message])
  }
  await query(on, 'update data_source set schedule_cron = $2, next_run_at = $3 where id = $1', [
    sourceId,
    cron,
    next?.toISOString() ?? null,
  ])
}
