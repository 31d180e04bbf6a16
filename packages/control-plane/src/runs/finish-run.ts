import type { Verdict } from '@leat/connector-kit'
import { writeFlowLog } from '../ledger/flow-log.ts'
import { execute, query, queryOne, type Sql } from '../ledger/sql.ts'
import type { JobQueue } from '../jobs/job-queue.ts'
import type { Problem } from '../database/tables/problem.ts'
import type { RunTrigger } from '../run-control.ts'
import { checkRun } from './run-balance.ts'
import { startRunIn } from './start-run.ts'

interface FailedUnits {
  readonly failed: number
  readonly changed: number
  readonly example: { readonly code: string; readonly message: string } | null
  readonly key: string | null
}

/** Seconds until a file that changed while it was read is looked at again. */
const settleSeconds = 10

/**
 * DONE when everything was listed and every unit is done; FAILED when some units failed (the others were still read).
 * Called in a transaction that holds the lock of the run's source.
 */
export async function finishRunIfDone(on: Sql, queue: JobQueue, runId: number): Promise<void> {
  const run = await queryOne<{ data_source_id: number }>(
    on,
    `select data_source_id from run r where id = $1 and status in ('QUEUED', 'RUNNING') and listed
       and not exists (select 1 from unit u where u.run_id = r.id and u.status in ('PENDING', 'LEASED')) for no key update`,
    [runId],
  )
  if (!run) return
  const units = (await queryOne<FailedUnits>(
    on,
    `select count(*)::int as failed, (count(*) filter (where problem->>'code' = 'source.object_changed'))::int as changed,
       (array_agg(problem order by id) filter (where problem->>'code' <> 'source.object_changed'))[1] as example,
       (array_agg(key order by id) filter (where problem->>'code' <> 'source.object_changed'))[1] as key
     from unit where run_id = $1 and status = 'FAILED'`,
    [runId],
  )) as FailedUnits
  const sourceId = Number(run.data_source_id)
  if (units.changed > 0) await lookAgainSoon(on, sourceId, runId, units.changed)
  const failed = units.failed - units.changed
  if (failed === 0) await endRun(on, queue, sourceId, runId, 'DONE', null)
  else await endRun(on, queue, sourceId, runId, 'FAILED', failedUnitsProblem(failed, units))
}

/** Short as soon as one unit is, unknown as soon as one cannot tell. */
const verdictOfUnits = `jsonb_strip_nulls(jsonb_build_object(
  'outcome', case when bool_or(u.verdict->>'outcome' = 'short') then 'short' when bool_or(u.verdict->>'outcome' = 'unknown') then 'unknown' else 'complete' end,
  'received', sum((u.verdict->>'received')::bigint),
  'expected', case when bool_and(u.verdict ? 'expected') then sum((u.verdict->>'expected')::bigint) end,
  'reason', (array_agg(u.verdict->>'reason' order by case u.verdict->>'outcome' when 'short' then 0 when 'unknown' then 1 else 2 end, u.id))[1]))`

/** A run that went on from the checkpoint of an earlier one covers only what had changed before that began. */
const beginOfRun = `(select least(r.started_at, (select min(u.begun_at) from unit u where u.run_id = r.id)) from run r where r.id = $2)`

function inWords({ outcome, received, expected, reason }: Verdict): string {
  if (outcome === 'complete') return `complete, all ${received} records arrived. ${reason}`
  if (outcome === 'unknown') return `whether the ${received} records are all cannot be told. ${reason}`
  return `short by ${(expected ?? received) - received}: ${received} of ${expected} records arrived. ${reason}`
}

/** Ends a run; a trigger that came while it was running starts the next one. In a transaction that holds the lock of the source. */
export async function endRun(
  on: Sql,
  queue: JobQueue,
  sourceId: number,
  runId: number,
  status: 'DONE' | 'FAILED' | 'STOPPED',
  problem: Problem | null,
): Promise<void> {
  const ended = await queryOne<{ again: RunTrigger | null; verdict: Verdict | null }>(
    on,
    `update run set status = $2, problem = $3::jsonb, next_retry_at = null, finished_at = now(),
       bytes_done = case when $2 = 'DONE' then bytes_total else bytes_done end,
       verdict = (select ${verdictOfUnits} from unit u where u.run_id = run.id and u.verdict is not null having count(*) > 0)
     where id = $1 and status in ('QUEUED', 'RUNNING') returning again, verdict`,
    [runId, status, problem && JSON.stringify(problem)],
  )
  if (!ended) return
  if (status !== 'STOPPED')
    await execute(on, 'update data_source set problem = $2::jsonb where id = $1', [
      sourceId,
      problem && JSON.stringify(problem),
    ])
  const node = { kind: 'data_source', id: sourceId } as const
  await checkRun(on, node, runId)
  if (status === 'DONE') {
    await execute(on, `update data_source set last_success_at = ${beginOfRun} where id = $1`, [sourceId, runId])
    const severity = ended.verdict?.outcome === 'short' ? 'WARNING' : 'INFO'
    await writeFlowLog(on, node, runId, severity, [
      `Run finished${ended.verdict ? `: ${inWords(ended.verdict)}` : '.'}`,
    ])
  }
  if (status === 'STOPPED')
    await writeFlowLog(on, node, runId, 'WARNING', [`Run stopped${problem ? `: ${problem.message}` : '.'}`])
  if (status === 'FAILED')
    await writeFlowLog(on, node, runId, 'ERROR', [`Run failed${problem ? `: ${problem.message}` : '.'}`])
  if (!ended.again) return
  const active = await queryOne(on, `select 1 from data_source where id = $1 and status = 'ACTIVE'`, [sourceId])
  if (active) await startRunIn(on, queue, sourceId, ended.again)
}

async function lookAgainSoon(on: Sql, sourceId: number, runId: number, changed: number): Promise<void> {
  await query(
    on,
    'update data_source set next_run_at = least(next_run_at, now() + make_interval(secs => $2)) where id = $1',
    [sourceId, settleSeconds],
  )
  await writeFlowLog(on, { kind: 'data_source', id: sourceId }, runId, 'WARNING', [
    `${changed} ${changed === 1 ? 'object was' : 'objects were'} changed while being read; nothing of that was kept, and the new version is read in ${settleSeconds} s.`,
  ])
}

function failedUnitsProblem(failed: number, units: FailedUnits): Problem {
  const what =
    failed === 1
      ? `"${units.key}" could not be read`
      : `${failed} objects could not be read, the first is "${units.key}"`
  return {
    code: units.example?.code ?? 'run.units_failed',
    message: `${what}: ${units.example?.message ?? 'unknown reason'} The other objects were read; the next run tries again.`,
    at: new Date().toISOString(),
    retry_at: null,
    attempt: 1,
  }
}
