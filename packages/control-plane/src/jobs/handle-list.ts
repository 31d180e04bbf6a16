import { toFault, type Unit } from '@leat/connector-kit'
import { execute, query, queryOne, transact, type Sql } from '../ledger/sql.ts'
import { finishRunIfDone } from '../runs/finish-run.ts'
import { dropRead, enlist } from '../runs/enlist-units.ts'
import { lockGoingRun } from '../runs/going-run.ts'
import { retryRun, stopRun, failRun } from '../runs/run-faults.ts'
import { attemptLimits, backoffSeconds, crashLimit } from './backoff.ts'
import type { HeldJob } from './job-queue.ts'
import { abandonment } from './abandonment.ts'
import type { WorkContext } from './work-context.ts'

/** Small units are read together until they make this many bytes: a job costs its login, its commit and a delivery, as much as reading 5 MB. */
const jobBytes = 80 * 1024 * 1024

/**
 * Lists a source's units and hands them out while the listing goes on. Dying in the middle is harmless: the next holder lists again
 * and finds what this one has handed out under the run's id.
 */
export async function handleList(context: WorkContext, job: HeldJob<'list'>, signal: AbortSignal): Promise<void> {
  const { database, queue, engine, nodes } = context
  const { sourceId, runId } = job.data
  try {
    const going = await transact(database, (tx) => lockGoingRun(tx, sourceId, runId))
    if (going !== 'going') return await stopRun(context, job, going)
    const begun = await queryOne<{ id: number }>(
      database,
      `update run set status = 'RUNNING', started_at = coalesce(started_at, now()) where id = $1 and status in ('QUEUED', 'RUNNING') returning id`,
      [runId],
    )
    if (!begun) return void (await queue.complete(database, job))
    if (job.retryCount >= crashLimit)
      throw new Error(`The worker died ${job.retryCount} times while listing the source.`)
    const source = await nodes.source(sourceId)
    const began = new Date()
    const unread = dropRead(
      database,
      sourceId,
      runId,
      engine.listUnits(source, await lastSuccess(database, sourceId), signal),
    )
    const groups = engine.groupUnits(unread, jobBytes)
    if (source.listsAtOnce === true) await enlistAtOnce(context, sourceId, runId, groups)
    else for await (const group of groups) await transact(database, (tx) => enlist(tx, queue, sourceId, runId, group))
    signal.throwIfAborted()
    await transact(database, async (tx) => {
      await query(tx, 'update data_source set last_listed_at = $2 where id = $1', [sourceId, began.toISOString()])
      await execute(tx, 'update run set listed = true, next_retry_at = null, problem = null where id = $1', [runId])
      await finishRunIfDone(tx, queue, runId)
      await queue.complete(tx, job)
    })
  } catch (thrown) {
    await settleListFault(context, job, thrown, signal)
  }
}

/** All units or none; when a holder that died has handed them out, they stay as it cut them. */
async function enlistAtOnce(
  { database, queue }: WorkContext,
  sourceId: number,
  runId: number,
  listed: AsyncIterable<readonly Unit[]>,
): Promise<void> {
  const groups = await Array.fromAsync(listed)
  await transact(database, async (tx) => {
    const done = await queryOne(tx, 'select id from unit where data_source_id = $1 and run_id = $2 limit 1', [
      sourceId,
      runId,
    ])
    if (done) return
    for (const group of groups) await enlist(tx, queue, sourceId, runId, group)
  })
}

/** Epoch milliseconds. */
async function lastSuccess(on: Sql, sourceId: number): Promise<number | null> {
  const row = await queryOne<{ at: string | null }>(on, 'select last_success_at as at from data_source where id = $1', [
    sourceId,
  ])
  return row?.at ? new Date(row.at).getTime() : null
}

async function settleListFault(
  context: WorkContext,
  job: HeldJob<'list'>,
  thrown: unknown,
  signal: AbortSignal,
): Promise<void> {
  const { database, queue } = context
  const fault = toFault(thrown)
  if (abandonment(signal) === 'lost') return
  if (abandonment(signal) === 'draining') {
    await transact(database, async (tx) => {
      await queue.complete(tx, job)
      await queue.addList(tx, job.data)
    })
    return
  }
  if (fault.kind === 'cancelled') return stopRun(context, job, 'going')
  const limit = fault.retryable ? attemptLimits.transient : fault.kind === 'bug' ? attemptLimits.bug : 0
  if (job.data.attempt >= limit || job.retryCount >= crashLimit) return failRun(context, job, fault)
  const delay = backoffSeconds(fault, job.data.attempt)
  await retryRun(context, job, fault, delay, (tx) =>
    queue.addList(tx, { ...job.data, attempt: job.data.attempt + 1 }, delay),
  )
}
