import { setTimeout as pause } from 'node:timers/promises'
import type { Database } from '../database/connection.ts'
import { announceSource, type JobQueue } from '../jobs/job-queue.ts'
import { queryOne, transact } from '../ledger/sql.ts'
import { hasParent } from '../ledger/wake-followers.ts'
import type { RunControl, RunTrigger } from '../run-control.ts'
import { databaseTime, planSource } from '../schedule/plan-source.ts'
import { endRun } from './finish-run.ts'
import { startRunIn } from './start-run.ts'

const pollMs = 40

/** `RunControl` over the control database and its queues. */
export class PostgresRunControl implements RunControl {
  readonly #database: Database
  readonly #queue: JobQueue

  constructor(database: Database, queue: JobQueue) {
    this.#database = database
    this.#queue = queue
  }

  async startRun(sourceId: number, trigger: RunTrigger): Promise<number> {
    const { runId } = await transact(this.#database, (tx) => startRunIn(tx, this.#queue, sourceId, trigger))
    return runId
  }

  async awaitDetection(sourceId: number, timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs
    while (performance.now() < deadline) {
      const row = await queryOne<{ detected: boolean }>(
        this.#database,
        `select exists (select 1 from data_set where data_source_id = $1 and schema is not null)
           or coalesce((select status not in ('QUEUED', 'RUNNING') or problem is not null from run where data_source_id = $1 order by id desc limit 1), true) as detected`,
        [sourceId],
      )
      if (row?.detected) return
      await pause(Math.min(pollMs, Math.max(1, deadline - performance.now())))
    }
  }

  async sourceChanged(sourceId: number): Promise<void> {
    await transact(this.#database, async (tx) => {
      await planSource(tx, sourceId, await databaseTime(tx))
      await announceSource(tx, sourceId)
    })
  }

  async pauseSource(sourceId: number): Promise<void> {
    await transact(this.#database, async (tx) => {
      await announceSource(tx, sourceId)
      const source = await queryOne(tx, 'select id from data_source where id = $1 for no key update', [sourceId])
      if (!source) return
      await queryOne(tx, 'update data_source set next_run_at = null, schedule_cron = null where id = $1', [sourceId])
      const run = await queryOne<{ id: number }>(
        tx,
        `select id from run where data_source_id = $1 and status in ('QUEUED', 'RUNNING') for no key update`,
        [sourceId],
      )
      if (run)
        await this.#end(
          tx,
          sourceId,
          run.id,
          'run.source_paused',
          'the source was paused; the rest is read after activation.',
        )
    })
  }

  async wakeFollower(kind: 'data_set' | 'data_sink', id: number): Promise<void> {
    await transact(this.#database, async (tx) => {
      if (kind === 'data_set' && !(await hasParent(tx, id))) return
      await this.#queue.wakeNow(tx, { kind, id })
    })
  }

  async cancelRun(runId: number): Promise<void> {
    await transact(this.#database, async (tx) => {
      const run = await queryOne<{ source: number }>(tx, 'select data_source_id as source from run where id = $1', [
        runId,
      ])
      if (!run) return
      await queryOne(tx, 'select id from data_source where id = $1 for no key update', [run.source])
      await this.#end(tx, run.source, runId, 'run.cancelled', 'somebody cancelled it.')
      await announceSource(tx, run.source)
    })
  }

  async #end(
    tx: Parameters<typeof endRun>[0],
    sourceId: number,
    runId: number,
    code: string,
    message: string,
  ): Promise<void> {
    await queryOne(tx, 'update run set again = null where id = $1', [runId])
    await endRun(tx, this.#queue, sourceId, runId, 'STOPPED', {
      code,
      message,
      at: new Date().toISOString(),
      retry_at: null,
      attempt: 1,
    })
  }
}
