import { queryOne, type Sql } from '../ledger/sql.ts'

/** Why a run does not go on: `ended` says that it was stopped, has failed or is done. */
export type RunState = 'going' | 'ended' | 'source_paused' | 'source_edited' | 'source_deleted'

/** Takes the locks of a source and its run, in the order that every transaction uses. */
export async function lockGoingRun(on: Sql, sourceId: number, runId: number): Promise<RunState> {
  const source = await queryOne<{ status: string; config_version: number }>(
    on,
    'select status, config_version from data_source where id = $1 for no key update',
    [sourceId],
  )
  if (!source) return 'source_deleted'
  const run = await queryOne<{ status: string; config_version: number }>(
    on,
    'select status, config_version from run where id = $1 for no key update',
    [runId],
  )
  if (!run || (run.status !== 'QUEUED' && run.status !== 'RUNNING')) return 'ended'
  if (source.status !== 'ACTIVE') return 'source_paused'
  return source.config_version === run.config_version ? 'going' : 'source_edited'
}

/** As `lockGoingRun`, from outside: true as long as nothing says that the run is over. */
export async function isGoing(on: Sql, sourceId: number, runId: number): Promise<boolean> {
  const row = await queryOne(
    on,
    `select 1 as going from run r join data_source s on s.id = r.data_source_id
     where r.id = $2 and s.id = $1 and r.status in ('QUEUED', 'RUNNING') and s.status = 'ACTIVE' and s.config_version = r.config_version`,
    [sourceId, runId],
  )
  return row !== undefined
}

export const stopReasons: Record<Exclude<RunState, 'going'>, string> = {
  ended: 'the run was stopped.',
  source_paused: 'the source was paused; the rest is read after activation.',
  source_edited: 'the source was edited; the rest is read with the new settings.',
  source_deleted: 'the source was deleted.',
}
