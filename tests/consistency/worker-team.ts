import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cluster } from './cluster.ts'
import { until } from './flow.ts'
import { SuiteWorker, type WorkerPlan } from './suite-worker.ts'

/** Workers with one plan: its incident happens to whoever comes there first, once. */
export class WorkerTeam implements AsyncDisposable {
  readonly #workers: readonly SuiteWorker[]
  readonly #plan: WorkerPlan
  readonly #memory: string

  private constructor(workers: readonly SuiteWorker[], plan: WorkerPlan, memory: string) {
    this.#workers = workers
    this.#plan = plan
    this.#memory = memory
  }

  /** `size` workers, taken in turn from the servers of the cluster. */
  static async start(cluster: Cluster, memory: string, size: number, plan: WorkerPlan = {}): Promise<WorkerTeam> {
    const workers = await Promise.all(
      Array.from({ length: size }, (_, index) =>
        SuiteWorker.start(cluster, memory, { ...plan, server: index % cluster.serverCount }),
      ),
    )
    return new WorkerTeam(workers, plan, memory)
  }

  /** The last log lines of each worker. */
  get tails(): readonly (readonly string[])[] {
    return this.#workers.map(({ tail }) => tail)
  }

  /** The planned incident has happened to one of them. */
  async struck(): Promise<void> {
    await until(`a worker gets to ${this.#plan.incident?.point}`, () => this.#victim())
  }

  /** Lets the stopped one go on, and waits until it is through with what it held. */
  async wake(): Promise<void> {
    const victim = await this.#victim()
    const stopped = this.#workers.find(({ pid }) => pid === victim)
    if (stopped === undefined) throw new Error(`no worker of this team was stopped (mark: ${victim})`)
    await stopped.wake()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker[Symbol.asyncDispose]()))
  }

  /** Process to which the incident happened; undefined until then. */
  async #victim(): Promise<number | undefined> {
    const { incident } = this.#plan
    if (!incident) throw new Error('no incident was planned')
    const mark = await readFile(join(this.#memory, `${incident.signal}-${incident.point}`), 'utf8').catch(() => '')
    return mark === '' ? undefined : Number(mark)
  }
}
