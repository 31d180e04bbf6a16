import { Fault, toFault } from '@leat/connector-kit'
import type { FollowerRef } from '@leat/engine'
import { writeFlowLog } from '../ledger/flow-log.ts'
import { query, queryOne, transact } from '../ledger/sql.ts'
import { hasParent } from '../ledger/wake-followers.ts'
import { toProblem } from '../runs/run-faults.ts'
import { attemptLimits, backoffSeconds, crashLimit, fencedRetrySeconds } from './backoff.ts'
import type { HeldJob } from './job-queue.ts'
import { abandonment } from './abandonment.ts'
import type { WorkContext } from './work-context.ts'

const workerDiedCode = 'follower.worker_died'

type FollowerHeld = HeldJob<'derive'> | HeldJob<'deliver'>

/** Brings a nexset or a sink up to date with its parent. A sink never gives up on a fault that can pass. */
export async function handleFollower(context: WorkContext, job: FollowerHeld, signal: AbortSignal): Promise<void> {
  const { database, queue, engine, nodes } = context
  const follower: FollowerRef = { kind: job.queue === 'derive' ? 'data_set' : 'data_sink', id: job.data.id }
  try {
    const row = await queryOne<{ status: string }>(database, `select status from ${follower.kind} where id = $1`, [
      follower.id,
    ])
    if (row?.status === 'ACTIVE') {
      if (job.retryCount >= crashLimit) throw workerDied(job.retryCount)
      if (follower.kind === 'data_sink') await engine.deliver(await nodes.sink(follower.id), signal)
      else if (await hasParent(database, follower.id)) await engine.derive(await nodes.derived(follower.id), signal)
      await query(database, `update ${follower.kind} set problem = null where id = $1 and problem is not null`, [
        follower.id,
      ])
    }
    await queue.complete(database, job)
  } catch (thrown) {
    await settleFollowerFault(context, job, follower, toFault(thrown), signal)
  }
}

async function settleFollowerFault(
  { database, queue }: WorkContext,
  job: FollowerHeld,
  follower: FollowerRef,
  fault: Fault,
  signal: AbortSignal,
): Promise<void> {
  if (abandonment(signal) === 'lost') return
  await transact(database, async (tx) => {
    const row = await queryOne<{ problem: { code: string; attempt?: number } | null }>(
      tx,
      `select problem from ${follower.kind} where id = $1 for no key update`,
      [follower.id],
    )
    const mine = await queue.complete(tx, job)
    if (!row) return
    // Fenced out although the job is ours: by a worker that was taken for dead, came late, and gives up without the job. Nobody else goes on.
    if (fault.kind === 'fenced') return mine ? queue.wake(tx, follower, fencedRetrySeconds) : undefined
    if (abandonment(signal) === 'draining') return queue.wake(tx, follower)
    if (fault.kind === 'cancelled') return
    const attempt = (row.problem?.attempt ?? 0) + 1
    // Workers also die of what their other lane does, or with the machine: a follower waits longer each time, and is never given up for it.
    const passes = fault.retryable || fault.code === workerDiedCode
    const delay =
      passes || (fault.kind === 'bug' && attempt < attemptLimits.bug) ? backoffSeconds(fault, attempt) : null
    await query(tx, `update ${follower.kind} set problem = $2::jsonb where id = $1`, [
      follower.id,
      JSON.stringify(toProblem(fault, attempt, delay)),
    ])
    const next = delay === null ? 'it is not tried again by itself' : `next try in ${Math.ceil(delay)} s`
    await writeFlowLog(tx, follower, null, delay === null ? 'ERROR' : 'WARNING', [
      `Try ${attempt} failed, ${next}: ${fault.message}`,
    ])
    if (delay !== null) await queue.wake(tx, follower, delay)
  })
}

function workerDied(times: number): Fault {
  return new Fault({
    kind: 'bug',
    code: workerDiedCode,
    message: `The worker died ${times} times while working on this. It may need more memory than the worker has.`,
  })
}
