import { Fault, toFault, type Json, type JsonObject } from '@leat/connector-kit'
import type { LeasedUnit } from '@leat/engine'
import { execute, query, type Sql, transact } from '../ledger/sql.ts'
import { finishRunIfDone } from '../runs/finish-run.ts'
import { lockGoingRun } from '../runs/going-run.ts'
import { failRun, retryRun, stopRun, toProblem } from '../runs/run-faults.ts'
import { attemptLimits, backoffSeconds, crashLimit, fencedRetrySeconds } from './backoff.ts'
import type { HeldJob, IngestJob, IngestQueue } from './job-queue.ts'
import { abandonment } from './abandonment.ts'
import type { WorkContext } from './work-context.ts'

const workerDiedCode = 'run.worker_died'

interface UnitRow {
  readonly id: number
  readonly epoch: number
  readonly key: string
  readonly version: string | null
  readonly bytes: number
  readonly modified_at: number | null
  readonly payload: JsonObject
  readonly checkpoint: Json
  readonly attempts: number
}

/** Reads the units of one job. What is committed stays; what fails is tried again, split, or noted as failed, by the kind of fault. */
export async function handleIngest(
  context: WorkContext,
  job: HeldJob<IngestQueue>,
  signal: AbortSignal,
): Promise<void> {
  const { database, queue, engine, nodes } = context
  const { sourceId, runId } = job.data
  let leased: readonly LeasedUnit[] = []
  try {
    const state = await transact(database, (tx) => lockGoingRun(tx, sourceId, runId))
    if (state !== 'going') return await stopRun(context, job, state)
    const source = await nodes.source(sourceId)
    if (source.mode === 'stream' && job.queue === 'ingest') return await moveToStreams(context, job)
    const lease = await leaseUnits(database, job.data)
    leased = lease.units
    if (leased.length > 0) {
      const deaths = Math.min(job.retryCount, lease.inVain)
      if (deaths >= crashLimit) throw workerDied(deaths)
      const well =
        source.mode === 'stream' ? setTimeout(() => void provenWell(context, lease.units), wellMs) : undefined
      try {
        await engine.ingest({ source, runId, units: leased }, signal)
      } finally {
        clearTimeout(well)
      }
    }
    await queue.complete(database, job)
  } catch (thrown) {
    await settleIngestFault(context, job, leased, toFault(thrown), signal)
  }
}

/** Its own queue, so that it does not keep a worker from everything else. */
async function moveToStreams({ database, queue }: WorkContext, job: HeldJob<IngestQueue>): Promise<void> {
  await transact(database, async (tx) => {
    if (await queue.complete(tx, job)) await queue.addIngest(tx, [job.data], { queue: 'stream' })
  })
}

/** A stream that a worker has held for this long does not kill its workers, though it may be silent and commit nothing. */
const wellMs = 60_000

async function provenWell({ database, log }: WorkContext, leased: readonly LeasedUnit[]): Promise<void> {
  await execute(
    database,
    `update unit u set attempts = 0 from unnest($1::bigint[], $2::bigint[]) as l(id, epoch) where u.id = l.id and u.epoch = l.epoch`,
    [leased.map((unit) => unit.id), leased.map((unit) => unit.epoch)],
  ).catch((error: unknown) => log('warn', 'unit update failed', { error: String(error) }))
}

interface Lease {
  readonly units: readonly LeasedUnit[]
  /** Earlier leases of them since the last commit to one of them. */
  readonly inVain: number
}

/** Takes the units that are still to be read; every earlier holder of them is fenced out from now on. */
async function leaseUnits(on: Sql, job: IngestJob): Promise<Lease> {
  const rows = await query<UnitRow>(
    on,
    `update unit set status = 'LEASED', epoch = epoch + 1, attempts = attempts + 1, updated_at = now()
     where id = any($1::bigint[]) and run_id = $2 and status in ('PENDING', 'LEASED')
     returning id, epoch, key, version, bytes, modified_at, payload, checkpoint, attempts`,
    [job.unitIds, job.runId],
  )
  const position = new Map(job.unitIds.map((id, index) => [id, index]))
  const units = rows
    .toSorted((a, b) => (position.get(a.id) ?? 0) - (position.get(b.id) ?? 0))
    .map(({ id, epoch, checkpoint, attempts: _, modified_at, ...unit }) => ({
      id,
      epoch,
      checkpoint,
      unit: modified_at === null ? unit : { ...unit, modified_at },
    }))
  return { units, inVain: Math.min(...rows.map(({ attempts }) => attempts)) - 1 }
}

async function settleIngestFault(
  context: WorkContext,
  job: HeldJob<IngestQueue>,
  leased: readonly LeasedUnit[],
  fault: Fault,
  signal: AbortSignal,
): Promise<void> {
  const { database, queue } = context
  if (abandonment(signal) === 'lost') return
  if (abandonment(signal) === 'draining') return handBack(context, job)
  if (fault.kind === 'fenced') return takeBack(context, job)
  if (fault.kind === 'cancelled') return stopRun(context, job, 'going')
  if (fault.kind === 'config' || fault.kind === 'auth' || fault.kind === 'unsupported')
    return failRun(context, job, fault)

  const left = await unfinished(database, leased)
  const attempt = left.progressed ? 1 : job.data.attempt
  const again = { ...job.data, unitIds: left.ids, attempt: attempt + 1 }
  const changed = fault.code === 'source.object_changed'
  const limit = changed ? 0 : fault.retryable ? patience(job) : fault.kind === 'bug' ? attemptLimits.bug : 0
  const crashed = fault.code === workerDiedCode
  if (attempt < limit && !crashed) {
    const delay = backoffSeconds(fault, attempt)
    return retryRun(context, { ...job, data: { ...job.data, attempt } }, fault, delay, (tx) =>
      queue.addIngest(tx, [again], { delaySeconds: delay, queue: job.queue }),
    )
  }
  if (fault.retryable && !changed) return failRun(context, job, fault)
  if (left.ids.length > 1) return split(context, job, left.ids)
  await failUnits(context, job, left.ids, fault)
}

/** The process is about to end: another one goes on at once. */
async function handBack({ database, queue }: WorkContext, job: HeldJob<IngestQueue>): Promise<void> {
  await transact(database, async (tx) => {
    await queue.complete(tx, job)
    await queue.addIngest(tx, [job.data], { queue: job.queue })
  })
}

/**
 * Fenced out of the units: their run has ended or another one has them, which the next try finds; or a worker that was taken for dead came late,
 * took them from the holder of the job, and gives up. Who holds the job sees that somebody goes on.
 */
async function takeBack({ database, queue }: WorkContext, job: HeldJob<IngestQueue>): Promise<void> {
  await transact(database, async (tx) => {
    if (await queue.complete(tx, job))
      await queue.addIngest(tx, [job.data], { delaySeconds: fencedRetrySeconds, queue: job.queue })
  })
}

/** No schedule begins a stream again: while the failure can pass, it is tried again. */
function patience(job: HeldJob<IngestQueue>): number {
  return job.queue === 'stream' ? Number.POSITIVE_INFINITY : attemptLimits.transient
}

/** The units of this lease that are not done. A commit sets `attempts` to 0, which tells progress from a repeated failure. */
async function unfinished(on: Sql, leased: readonly LeasedUnit[]): Promise<{ ids: number[]; progressed: boolean }> {
  const rows = await query<{ id: number; attempts: number }>(
    on,
    `select u.id, u.attempts from unit u join unnest($1::bigint[], $2::bigint[]) with ordinality as l(id, epoch, position) on l.id = u.id and l.epoch = u.epoch
     where u.status = 'LEASED' order by l.position`,
    [leased.map((unit) => unit.id), leased.map((unit) => unit.epoch)],
  )
  return {
    ids: rows.map((row) => row.id),
    progressed: rows.length < leased.length || rows.some((row) => row.attempts === 0),
  }
}

/** One of several units is bad: halves find it in a few steps, and the good ones are read meanwhile. */
async function split(
  { database, queue }: WorkContext,
  job: HeldJob<IngestQueue>,
  ids: readonly number[],
): Promise<void> {
  const middle = Math.ceil(ids.length / 2)
  const halves = [ids.slice(0, middle), ids.slice(middle)].map((unitIds) => ({ ...job.data, unitIds, attempt: 1 }))
  await transact(database, async (tx) => {
    await queue.complete(tx, job)
    await queue.addIngest(tx, halves, { queue: job.queue })
  })
}

async function failUnits(
  { database, queue }: WorkContext,
  job: HeldJob<IngestQueue>,
  ids: readonly number[],
  fault: Fault,
): Promise<void> {
  const { sourceId, runId, attempt } = job.data
  await transact(database, async (tx) => {
    await queue.complete(tx, job)
    if ((await lockGoingRun(tx, sourceId, runId)) !== 'going') return
    await execute(
      tx,
      `update unit set status = 'FAILED', problem = $2::jsonb, updated_at = now() where id = any($1::bigint[]) and status = 'LEASED'`,
      [ids, JSON.stringify(toProblem(fault, attempt, null))],
    )
    await finishRunIfDone(tx, queue, runId)
  })
}

function workerDied(times: number): Fault {
  return new Fault({
    kind: 'bug',
    code: workerDiedCode,
    message: `The worker died ${times} times while reading this object. It may need more memory than the worker has.`,
  })
}
