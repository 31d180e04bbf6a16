import type { Fault } from '@leat/connector-kit'
import type { Problem } from '../database/tables/problem.ts'
import type { JobRef } from '../jobs/job-queue.ts'
import type { WorkContext } from '../jobs/work-context.ts'
import { writeFlowLog } from '../ledger/flow-log.ts'
import { query, type Sql, transact } from '../ledger/sql.ts'
import { endRun } from './finish-run.ts'
import { lockGoingRun, stopReasons, type RunState } from './going-run.ts'
import { startRunIn } from './start-run.ts'

export interface RunJob extends JobRef {
  readonly data: { readonly sourceId: number; readonly runId: number; readonly attempt: number }
}

export function toProblem(fault: Fault, attempt: number, delaySeconds: number | null): Problem {
  const now = Date.now()
  return {
    code: fault.code,
    message: fault.message,
    ...(fault.field === undefined ? {} : { field: fault.field }),
    at: new Date(now).toISOString(),
    retry_at: delaySeconds === null ? null : new Date(now + delaySeconds * 1000).toISOString(),
    attempt,
  }
}

/** The run fails at once: nothing that it could try again would help. Its other jobs end at their next commit. */
export async function failRun({ database, queue }: WorkContext, job: RunJob, fault: Fault): Promise<void> {
  const { sourceId, runId, attempt } = job.data
  await transact(database, async (tx) => {
    if ((await lockGoingRun(tx, sourceId, runId)) === 'going')
      await endRun(tx, queue, sourceId, runId, 'FAILED', toProblem(fault, attempt, null))
    await queue.complete(tx, job)
  })
}

/** Makes the failure and the time of the next try visible, and the job that tries. */
export async function retryRun(
  { database, queue }: WorkContext,
  job: RunJob,
  fault: Fault,
  delaySeconds: number,
  again: (tx: Sql) => Promise<void>,
): Promise<void> {
  const { sourceId, runId, attempt } = job.data
  const problem = toProblem(fault, attempt, delaySeconds)
  await transact(database, async (tx) => {
    await queue.complete(tx, job)
    if ((await lockGoingRun(tx, sourceId, runId)) !== 'going') return
    await query(tx, 'update run set problem = $2::jsonb, next_retry_at = $3, attempt = $4 where id = $1', [
      runId,
      JSON.stringify(problem),
      problem.retry_at,
      attempt + 1,
    ])
    await query(tx, 'update data_source set problem = $2::jsonb where id = $1', [sourceId, JSON.stringify(problem)])
    await writeFlowLog(tx, { kind: 'data_source', id: sourceId }, runId, 'WARNING', [
      `Try ${attempt} failed, next try in ${Math.ceil(delaySeconds)} s: ${fault.message}`,
    ])
    await again(tx)
  })
}

/** The source was paused, edited or deleted, or the run was stopped (`seen`, before the locks were taken). After an edit, a new run goes on with the new settings. */
export async function stopRun({ database, queue }: WorkContext, job: RunJob, seen: RunState): Promise<void> {
  const { sourceId, runId } = job.data
  await transact(database, async (tx) => {
    await queue.complete(tx, job)
    const state = await lockGoingRun(tx, sourceId, runId)
    if (state === 'ended' || state === 'source_deleted') return
    const cause = state === 'going' ? seen : state
    const message = cause === 'going' ? 'the work was cancelled.' : stopReasons[cause]
    const problem = {
      code: cause === 'going' ? 'run.cancelled' : `run.${cause}`,
      message,
      at: new Date().toISOString(),
      retry_at: null,
      attempt: 1,
    }
    await endRun(tx, queue, sourceId, runId, 'STOPPED', problem)
    if (state === 'source_edited') await startRunIn(tx, queue, sourceId, 'activate')
  })
}
