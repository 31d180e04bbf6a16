import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { JobQueue, JobRef } from '@leat/control-plane/work'
import type { Log } from '@leat/engine'
import type { FromWorker, ToWorker, WorkerOrder } from './process-messages.ts'

const program = fileURLToPath(new URL('./worker-main.ts', import.meta.url))
const firstRestartMs = 200
const longestRestartMs = 10_000
/** A worker that lived this long, or finished a job, was well; its next death starts the back-off anew. */
const wellMs = 30_000
/** V8's part of a worker: rows stay in DuckDB, which has its own limit. */
const heapMb = 256

/** What must be known before a worker begins; the launcher says the same for a worker that a person starts. */
const workerEnv = {
  // DuckDB's statements, pipes and files each hold a thread of libuv's pool while they wait; the default of 4 could run out.
  UV_THREADPOOL_SIZE: '16',
  // Memory that one thread of OpenDAL has given back serves the others: with an arena for each, gigabytes that stream by leave 100 MB in them.
  MALLOC_ARENA_MAX: '1',
}

interface Child {
  readonly process: ChildProcess
  readonly held: Map<string, JobRef>
  readonly startedAt: number
  ready: boolean
  /** It has finished a job: whatever kills it later is not its own start. */
  proven: boolean
}

/** Keeps worker processes alive, and gives the jobs of a dead one away at once. */
export class Supervisor {
  readonly #order: Omit<WorkerOrder, 'name'>
  readonly #queue: JobQueue
  readonly #log: Log
  readonly #children = new Map<number, Child>()
  readonly #restarts = new Set<NodeJS.Timeout>()
  #stopping = false

  constructor(order: Omit<WorkerOrder, 'name'>, queue: JobQueue, log: Log) {
    this.#order = order
    this.#queue = queue
    this.#log = log
  }

  start(count: number): void {
    for (let slot = 1; slot <= count; slot++) this.#fork(slot, firstRestartMs)
  }

  /** Workers that take jobs now. */
  get ready(): number {
    return [...this.#children.values()].filter((child) => child.ready).length
  }

  /** Workers finish or hand back what they do within `graceMs`, and are killed 3 s later. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true
    for (const timer of this.#restarts) clearTimeout(timer)
    await Promise.all([...this.#children.values()].map((child) => this.#end(child, graceMs)))
  }

  /** Ends them at once. Their jobs go on when their leases run out. */
  kill(): void {
    this.#stopping = true
    for (const child of this.#children.values()) child.process.kill('SIGKILL')
  }

  #fork(slot: number, restartMs: number): void {
    if (this.#stopping) return
    const name = `worker ${slot}`
    const child: Child = {
      process: fork(program, {
        // A young heap that may grow before it is collected: with V8's own start each megabyte of garbage costs a full collection.
        execArgv: [
          '--initial-old-space-size=192',
          `--max-old-space-size=${heapMb}`,
          '--disable-warning=ExperimentalWarning',
        ],
        env: { ...process.env, ...workerEnv },
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
        serialization: 'json',
      }),
      held: new Map(),
      startedAt: Date.now(),
      ready: false,
      proven: false,
    }
    this.#children.set(slot, child)
    child.process.on('message', (message: FromWorker) => this.#hear(slot, child, message))
    child.process.on('error', (error) => this.#log('error', 'worker failed', { worker: name, error: error.message }))
    child.process.once('exit', (code, signal) => void this.#bury(slot, child, code, signal, restartMs))
    tell(child, { kind: 'work', order: { ...this.#order, name } })
  }

  #hear(slot: number, child: Child, message: FromWorker): void {
    if (message.kind === 'ready') {
      child.ready = true
      this.#log('info', 'worker ready', { worker: slot, pid: child.process.pid, ms: Date.now() - child.startedAt })
    }
    if (message.kind !== 'held') return
    if (message.held) child.held.set(message.job.id, message.job)
    else if (child.held.delete(message.job.id)) child.proven = true
  }

  async #bury(
    slot: number,
    child: Child,
    code: number | null,
    signal: string | null,
    restartMs: number,
  ): Promise<void> {
    child.ready = false
    if (this.#children.get(slot) === child) this.#children.delete(slot)
    const expected = this.#stopping && code === 0
    if (!expected)
      this.#log('warn', 'worker ended', { worker: slot, pid: child.process.pid, code, signal, jobs: child.held.size })
    if (!this.#stopping) {
      const wait = child.proven || Date.now() - child.startedAt > wellMs ? firstRestartMs : restartMs
      const timer = setTimeout(() => {
        this.#restarts.delete(timer)
        this.#fork(slot, Math.min(wait * 2, longestRestartMs))
      }, wait)
      this.#restarts.add(timer)
    }
    for (const job of child.held.values()) {
      await this.#queue
        .release(job, 'The worker process ended.')
        .catch((error: unknown) => this.#log('warn', 'job release failed', { job: job.id, error: String(error) }))
    }
  }

  async #end(child: Child, graceMs: number): Promise<void> {
    if (child.process.exitCode !== null || child.process.signalCode !== null) return
    const { promise, resolve } = Promise.withResolvers<void>()
    child.process.once('exit', () => resolve())
    tell(child, { kind: 'drain', graceMs })
    const kill = setTimeout(() => child.process.kill('SIGKILL'), graceMs + 3000)
    await promise
    clearTimeout(kill)
  }
}

function tell(child: Child, message: ToWorker): void {
  // A child that has just died cannot be told anything; its exit event says so.
  if (child.process.connected) child.process.send(message, () => undefined)
}
