import { toFault } from '@leat/connector-kit'
import { abandonment, draining, leaseLost, runOver } from './abandonment.ts'
import { isGoing } from '../runs/going-run.ts'
import { handleFollower } from './handle-follower.ts'
import { handleIngest } from './handle-ingest.ts'
import { handleList } from './handle-list.ts'
import { jobsChannel, type HeldJob, type IngestQueue, type JobRef, type QueueName } from './job-queue.ts'
import { Listener } from './listener.ts'
import type { WorkContext } from './work-context.ts'

export interface WorkerSettings {
  readonly databaseUrl: string
  /** A job whose worker was silent for this long goes to another one. */
  readonly leaseSeconds: number
  /** Told which jobs this process holds, so that a supervisor can give them away when the process dies. */
  readonly onHeld?: (job: JobRef, held: boolean) => void
}

/**
 * A lane does so many jobs at a time. Delivering mostly waits for the destination and listing for the source, so each has a lane of its own and a core
 * is never idle because of them. Two lanes ingest: while one job stores and commits, the next one reads; what needs memory and cores is done alone
 * (`Compute.alone`).
 */
const lanes: readonly Lane[] = [
  { queues: ['derive', 'ingest'], width: 1 },
  { queues: ['ingest'], width: 1 },
  { queues: ['deliver'], width: 1 },
  { queues: ['list'], width: 1 },
  // A stream only waits; what it brings is parsed in pieces of a second or a few megabytes.
  { queues: ['stream'], width: 64 },
]

interface Lane {
  readonly queues: readonly QueueName[]
  /** Jobs at the same time. */
  readonly width: number
}

/** Delayed jobs become due without a notification: this is how late they can be noticed. */
const pollMs = 1000

/** Takes jobs and works on them until it is drained. */
export class Worker {
  readonly #context: WorkContext
  readonly #settings: WorkerSettings
  readonly #listener: Listener
  readonly #running = new Map<string, { readonly job: HeldJob; readonly controller: AbortController }>()
  readonly #alarms: Alarm[] = []
  #lanes: readonly Promise<void>[] = []
  #stopping = false
  #graceOver = false

  constructor(context: WorkContext, settings: WorkerSettings) {
    this.#context = context
    this.#settings = settings
    this.#listener = new Listener(settings.databaseUrl, jobsChannel, (told) => this.#hear(told))
  }

  async start(): Promise<void> {
    this.#lanes = lanes.map((lane) => this.#work(lane))
    await this.#listener.open()
  }

  get busy(): number {
    return this.#running.size
  }

  /**
   * Takes no more jobs. Those under way get `graceMs` to reach their end; then they are aborted, keep what they have committed, and go to
   * another worker. Streams have no end to wait for and go at once. Resolves when nothing is under way.
   */
  async drain(graceMs: number): Promise<void> {
    this.#stopping = true
    this.#wake(undefined)
    for (const { job, controller } of this.#running.values()) if (job.queue === 'stream') controller.abort(draining)
    const abort = setTimeout(() => {
      this.#graceOver = true
      for (const { controller } of this.#running.values()) controller.abort(draining)
    }, graceMs)
    await Promise.all(this.#lanes)
    clearTimeout(abort)
    await this.#listener.close()
  }

  /** The name of a queue that has a job, or `source <id>` for a source that was changed, or nothing after a pause of the connection. */
  #hear(told: string | undefined): void {
    const source = /^source (\d+)$/.exec(told ?? '')?.[1]
    if (source === undefined) this.#wake(told)
    for (const { job, controller } of this.#running.values())
      if (source === undefined ? told === undefined : Number(source) === sourceOf(job)) void this.#look(job, controller)
  }

  #wake(queue: string | undefined): void {
    for (const alarm of this.#alarms) alarm.ring(queue)
  }

  /** A stream may be silent for days: whether its run is still wanted does not wait for its next commit. */
  async #look(job: HeldJob, controller: AbortController): Promise<void> {
    if (job.queue !== 'stream') return
    const { database, log } = this.#context
    const { sourceId, runId } = (job as HeldJob<'stream'>).data
    try {
      if (!(await isGoing(database, sourceId, runId))) controller.abort(runOver)
    } catch (error) {
      log('warn', 'run lookup failed', { source: sourceId, error: String(error) })
    }
  }

  async #work({ queues, width }: Lane): Promise<void> {
    const alarm = new Alarm(queues)
    this.#alarms.push(alarm)
    const running = new Set<Promise<void>>()
    while (!this.#stopping) {
      alarm.reset()
      const job = await this.#take(queues)
      if (job) {
        const run: Promise<void> = this.#run(job).finally(() => running.delete(run))
        running.add(run)
        if (running.size >= width) await Promise.race(running)
      } else if (!this.#stopping) await alarm.wait(pollMs)
    }
    await Promise.all(running)
  }

  async #take(queues: readonly QueueName[]): Promise<HeldJob | undefined> {
    for (const queue of queues) {
      try {
        const job = await this.#context.queue.take(queue)
        if (job) return job
      } catch (error) {
        this.#context.log('warn', 'job fetch failed', { queue, error: String(error) })
        return undefined
      }
    }
    return undefined
  }

  async #run(job: HeldJob): Promise<void> {
    const { queue, log } = this.#context
    const controller = new AbortController()
    this.#running.set(job.id, { job, controller })
    // It was on its way from the queue when the grace ended.
    if (this.#graceOver || (this.#stopping && job.queue === 'stream')) controller.abort(draining)
    this.#settings.onHeld?.(job, true)
    const touch = setInterval(
      () => {
        void this.#look(job, controller)
        queue.touch(job).then(
          (mine) => mine || controller.signal.aborted || controller.abort(leaseLost),
          (error: unknown) => log('warn', 'job touch failed', { queue: job.queue, job: job.id, error: String(error) }),
        )
      },
      (this.#settings.leaseSeconds * 1000) / 3,
    )
    const began = performance.now()
    log('debug', 'job started', { queue: job.queue, job: job.id })
    try {
      await handle(this.#context, job, controller.signal)
      log('debug', 'job ended', {
        queue: job.queue,
        job: job.id,
        ms: Math.round(performance.now() - began),
        abandoned: abandonment(controller.signal),
      })
    } catch (thrown) {
      // Only settling the job's own failure comes here, so the database is away: the lease runs out and the job is handed out again.
      const fault = toFault(thrown)
      log('error', 'job settling failed', { queue: job.queue, job: job.id, code: fault.code, error: fault.message })
    } finally {
      clearInterval(touch)
      this.#running.delete(job.id)
      this.#settings.onHeld?.(job, false)
    }
  }
}

async function handle(context: WorkContext, job: HeldJob, signal: AbortSignal): Promise<void> {
  if (job.queue === 'list') return handleList(context, job as HeldJob<'list'>, signal)
  if (job.queue === 'ingest' || job.queue === 'stream')
    return handleIngest(context, job as HeldJob<IngestQueue>, signal)
  return handleFollower(context, job as HeldJob<'derive'> | HeldJob<'deliver'>, signal)
}

function sourceOf(job: HeldJob): number | null {
  return 'sourceId' in job.data ? job.data.sourceId : null
}

/** Wakes one lane. A ring between `reset` and `wait` is not lost. */
class Alarm {
  readonly #queues: readonly string[]
  #rang = false
  #resolve: (() => void) | undefined

  constructor(queues: readonly string[]) {
    this.#queues = queues
  }

  ring(queue: string | undefined): void {
    if (queue !== undefined && !this.#queues.includes(queue)) return
    this.#rang = true
    this.#resolve?.()
  }

  reset(): void {
    this.#rang = false
  }

  async wait(ms: number): Promise<void> {
    if (this.#rang) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, ms)
    this.#resolve = resolve
    await promise
    clearTimeout(timer)
    this.#resolve = undefined
  }
}
