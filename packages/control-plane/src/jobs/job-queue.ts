import type { FollowerRef } from '@leat/engine'
import { fromKysely, PgBoss, type Db as BossDatabase } from 'pg-boss'
import type { OpenDatabase } from '../database/connection.ts'
import { statementName } from '../database/prepared-client.ts'
import { query, type Database, type Sql } from '../ledger/sql.ts'

/** Channel on which the name of a queue is announced when a job was added to it. */
export const jobsChannel = 'leat_jobs'

export interface ListJob {
  readonly sourceId: number
  readonly runId: number
  /** 1 for the first try, then one more after each retryable failure. */
  readonly attempt: number
}

export interface IngestJob {
  readonly sourceId: number
  readonly runId: number
  readonly unitIds: readonly number[]
  readonly attempt: number
}

export interface FollowerJob {
  readonly id: number
}

export interface JobData {
  readonly list: ListJob
  readonly ingest: IngestJob
  /** As ingest, for sources that are read as long as they are active. */
  readonly stream: IngestJob
  readonly derive: FollowerJob
  readonly deliver: FollowerJob
}
export type QueueName = keyof JobData
export type IngestQueue = 'ingest' | 'stream'

/** Downstream first: what is already here leaves before more comes in. */
export const queueNames = ['deliver', 'derive', 'ingest', 'stream', 'list'] as const satisfies readonly QueueName[]

/** A job that this process holds. `retryCount` identifies the attempt: a later holder has a higher one. */
export interface HeldJob<Name extends QueueName = QueueName> {
  readonly queue: Name
  readonly id: string
  readonly retryCount: number
  readonly data: JobData[Name]
}

export interface JobRef {
  readonly queue: QueueName
  readonly id: string
  readonly retryCount: number
}

/** pg-boss tells a lost holder from a busy one by its own clock only; ours (the lease) is shorter, see `findExpired`. */
const heartbeatSeconds = 3600
const longestJobSeconds = 24 * 3600 - 1
/** A job whose holder died this often is handed out no more; the handlers give up long before (see `crashLimit`). */
const retryLimit = 1000

/** Workers ask for their next job again and again, in a statement without parameters that is long to plan: it is prepared. */
const nextJob = /^\s*WITH next AS/

function executeOn(pool: OpenDatabase['pool']): BossDatabase['executeSql'] {
  return (text, values) => {
    const name = values === undefined && nextJob.test(text) ? statementName(text) : null
    return name === null ? pool.query(text, values) : pool.query({ name, text })
  }
}

/**
 * The queues, on pg-boss. Every method that takes `on` is part of the caller's transaction: a job exists exactly when the change
 * that needs it was committed. `derive` and `deliver` are `stately`: at most one waiting and one active job per node.
 */
export class JobQueue {
  readonly #boss: PgBoss
  readonly #database: Database

  private constructor(boss: PgBoss, database: Database) {
    this.#boss = boss
    this.#database = database
  }

  /** `install` creates or updates the queue tables: one process does that, before any other connects. */
  static async connect(
    { db, pool }: Pick<OpenDatabase, 'db' | 'pool'>,
    options: { readonly install: boolean; readonly onError: (error: Error) => void },
  ): Promise<JobQueue> {
    const boss = new PgBoss({
      // Not through Kysely: pg-boss needs the answer of every statement of a multi-statement query.
      db: { executeSql: executeOn(pool) },
      migrate: options.install,
      createSchema: options.install,
      supervise: options.install,
      schedule: false,
      registerInstance: false,
      persistWarnings: false,
      openTelemetry: { enabled: false },
      maintenanceIntervalSeconds: 600,
      superviseIntervalSeconds: 60,
      monitorIntervalSeconds: 300,
      queueCacheIntervalSeconds: 600,
    })
    boss.on('error', options.onError)
    await boss.start()
    if (options.install) await createQueues(boss)
    return new JobQueue(boss, db)
  }

  async stop(): Promise<void> {
    await this.#boss.stop({ graceful: false, close: false })
  }

  async addList(on: Sql, job: ListJob, delaySeconds = 0): Promise<void> {
    await this.#boss.send('list', job, { db: bossDatabase(on), startAfter: startAfter(delaySeconds) })
    await announce(on, 'list')
  }

  async addIngest(
    on: Sql,
    jobs: readonly IngestJob[],
    { delaySeconds = 0, queue = 'ingest' }: { readonly delaySeconds?: number; readonly queue?: IngestQueue } = {},
  ): Promise<void> {
    if (jobs.length === 0) return
    const inserts = jobs.map((data) => ({ data, startAfter: startAfter(delaySeconds) }))
    await this.#boss.insert(queue, inserts, { db: bossDatabase(on) })
    await announce(on, queue)
  }

  /**
   * Makes sure that the follower looks at its parent after the caller's transaction has committed. A waiting job is locked by the upsert,
   * so no worker can take it (and miss our segments) before we commit; an active job gets a successor.
   * A delay holds the follower back after a failure; later wakes do not end it.
   */
  async wake(on: Sql, follower: FollowerRef, delaySeconds = 0): Promise<void> {
    const queue = follower.kind === 'data_set' ? 'derive' : 'deliver'
    await this.#boss.upsert(
      queue,
      { id: follower.id },
      {
        singletonKey: String(follower.id),
        db: bossDatabase(on),
        ...(delaySeconds > 0 ? { startAfter: startAfter(delaySeconds) } : {}),
      },
    )
    if (delaySeconds === 0) await announce(on, queue)
  }

  /** As `wake`, and ends the wait of a job that is being held back after a failure. */
  async wakeNow(on: Sql, follower: FollowerRef): Promise<void> {
    const queue = follower.kind === 'data_set' ? 'derive' : 'deliver'
    await this.#boss.upsert(
      queue,
      { id: follower.id },
      { singletonKey: String(follower.id), db: bossDatabase(on), startAfter: startAfter(0) },
    )
    await announce(on, queue)
  }

  /** Takes the next job of a queue, or nothing. The holder must `touch` it more often than the lease. */
  async take<Name extends QueueName>(queue: Name): Promise<HeldJob<Name> | undefined> {
    const [job] = await this.#boss.fetch<JobData[Name]>(queue)
    return job && { queue, id: job.id, retryCount: job.retryCount, data: job.data }
  }

  /** False when the job has another holder by now (or is gone): whoever calls must stop working on it. */
  async touch(job: JobRef): Promise<boolean> {
    if (job.queue === 'stream') await this.#prolong(job)
    return affected(await this.#boss.touch(job.queue, attempt(job)))
  }

  /** pg-boss ends what was started `longestJobSeconds` ago, and a stream has no end: it counts from the last sign of life. */
  async #prolong(job: JobRef): Promise<void> {
    await query(
      this.#database,
      `update pgboss.job set started_on = now() where name = $1 and id = $2 and retry_count = $3 and state = 'active'`,
      [job.queue, job.id, job.retryCount],
    )
  }

  /** False when the job has another holder by now (or is gone): nothing was changed then. */
  async complete(on: Sql, job: JobRef): Promise<boolean> {
    return affected(await this.#boss.complete(job.queue, attempt(job), null, { db: bossDatabase(on) }))
  }

  /** Gives a dead holder's job to the next worker at once. No effect when someone else holds it already. */
  async release(job: JobRef, reason: string): Promise<void> {
    await this.#boss.fail(job.queue, attempt(job), { reason })
    await announce(this.#database, job.queue)
  }

  /** Jobs that wait or are held back, by queue. */
  async depths(): Promise<Readonly<Record<QueueName, number>>> {
    const rows = await query<{ name: QueueName; waiting: number }>(
      this.#database,
      `select name, count(*)::int as waiting from pgboss.job where name = any($1) and state in ('created', 'retry') group by name`,
      [[...queueNames]],
    )
    return {
      deliver: 0,
      derive: 0,
      ingest: 0,
      stream: 0,
      list: 0,
      ...Object.fromEntries(rows.map((row) => [row.name, row.waiting])),
    }
  }

  /** Jobs whose holder has not touched them for the lease. */
  async findExpired(leaseSeconds: number): Promise<readonly JobRef[]> {
    return query<JobRef>(
      this.#database,
      `select name as queue, id::text as id, retry_count as "retryCount" from pgboss.job
       where state = 'active' and name = any($1) and coalesce(heartbeat_on, started_on) < now() - make_interval(secs => $2)`,
      [[...queueNames], leaseSeconds],
    )
  }
}

async function createQueues(boss: PgBoss): Promise<void> {
  const options = {
    retryLimit,
    retryDelay: 0,
    expireInSeconds: longestJobSeconds,
    heartbeatSeconds,
    deleteAfterSeconds: 3600,
    retentionSeconds: 365 * 24 * 3600,
  }
  const existing = new Set((await boss.getQueues()).map((queue) => queue.name))
  for (const name of queueNames) {
    if (existing.has(name)) continue
    const policy = name === 'derive' || name === 'deliver' ? 'stately' : 'standard'
    await boss.createQueue(name, { ...options, policy })
  }
}

function bossDatabase(on: Sql): BossDatabase {
  return fromKysely(on as Parameters<typeof fromKysely>[0])
}

/** Workers that read this source as a stream look whether they may go on. */
export async function announceSource(on: Sql, sourceId: number): Promise<void> {
  await query(on, 'select pg_notify($1, $2)', [jobsChannel, `source ${sourceId}`])
}

async function announce(on: Sql, queue: QueueName): Promise<void> {
  await query(on, 'select pg_notify($1, $2)', [jobsChannel, queue])
}

/**
 * A delay is counted by the database: the clock of a worker may be wrong. "Now" is a day ago, so that a clock that is ahead of the database's
 * holds nothing back. Not the epoch: pg-boss keeps a waiting job for the retention counted from its start, and its maintenance deletes what
 * is past that.
 */
function startAfter(delaySeconds: number): Date | number {
  return delaySeconds > 0 ? delaySeconds : new Date(Date.now() - 24 * 3600 * 1000)
}

function attempt(job: JobRef): { id: string; retryCount: number } {
  return { id: job.id, retryCount: job.retryCount }
}

function affected(response: { affected?: number }): boolean {
  return (response.affected ?? 0) > 0
}
