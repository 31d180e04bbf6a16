import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Cluster } from './cluster.ts'
import type { Defect } from './defects.ts'
import type { Incident } from './points.ts'
import { until } from './flow.ts'
import { storeUrl } from './cluster.ts'
import type { PlannedWorker } from './worker-process.ts'

export interface WorkerPlan {
  readonly incident?: Omit<Incident, 'memory'>
  readonly defect?: Defect
  /** Environment on top of the cluster's. */
  readonly env?: Readonly<Record<string, string>>
  /** Of which server it would be: its data folder is that server's. */
  readonly server?: number
}

const program = fileURLToPath(new URL('./worker-process.ts', import.meta.url))

/** A worker of the suite. One that is killed by its incident is followed by another with the same plan. */
export class SuiteWorker implements AsyncDisposable {
  readonly #cluster: Cluster
  readonly #plan: WorkerPlan
  readonly #memory: string
  #child: ChildProcess
  #stopping = false
  #ended = Promise.withResolvers<void>()
  /** Events of the log, oldest first. */
  readonly events: { readonly event: string; readonly queue?: string }[] = []
  readonly tail: string[] = []

  constructor(cluster: Cluster, memory: string, plan: WorkerPlan = {}) {
    this.#cluster = cluster
    this.#plan = plan
    this.#memory = memory
    this.#child = this.#start()
  }

  static async start(cluster: Cluster, memory: string, plan: WorkerPlan = {}): Promise<SuiteWorker> {
    await mkdir(memory, { recursive: true })
    return new SuiteWorker(cluster, memory, plan)
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Lets a stopped worker go on, and waits until it is through with what it held. */
  async wake(): Promise<void> {
    const from = this.events.length
    this.#child.kill('SIGCONT')
    await until('the worker that was stopped is through with its job', async () =>
      this.events.slice(from).some(({ event }) => event === 'job ended' || event === 'job settling failed'),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true
    this.#child.kill('SIGKILL')
    await this.#ended.promise
  }

  #start(): ChildProcess {
    const child = fork(program, {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, ...this.#cluster.env, ...this.#plan.env, UV_THREADPOOL_SIZE: '16' },
      execArgv: ['--disable-warning=ExperimentalWarning'],
    })
    child.send(this.#planned())
    let rest = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        this.tail.push(line.slice(0, 600))
        if (line.startsWith('{')) this.events.push(JSON.parse(line) as { event: string })
      }
      if (this.tail.length > 200) this.tail.splice(0, 100)
    })
    void once(child, 'exit').then(([, signal]) => {
      if (this.#stopping) this.#ended.resolve()
      // Killed, as planned; one that ends by itself is broken, and the scenario will say so.
      else if (signal !== null) this.#child = this.#start()
      else this.#ended.resolve()
    })
    return child
  }

  #planned(): PlannedWorker {
    const { env, settings } = this.#cluster
    const { incident, defect, server = 0 } = this.#plan
    return {
      memory: this.#memory,
      ...(incident && { incident: { ...incident, memory: this.#memory } }),
      ...(defect && { defect }),
      order: {
        databaseUrl: this.#cluster.databaseUrl,
        store: settings.store ? storeUrl : join(this.#cluster.data(0), 'segments'),
        // The server's: pushed records wait there.
        data: this.#cluster.data(server),
        masterKey: env['LEAT_MASTER_KEY'],
        localFolders: [this.#cluster.files],
        leaseSeconds: settings.leaseSeconds,
        memoryMb: 200,
        threads: 1,
        parsingThreads: 1,
        logFormat: 'json',
        logLevel: 'debug',
        name: 'suite worker',
      },
    }
  }
}
