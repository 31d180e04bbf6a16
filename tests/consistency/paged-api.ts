import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Cluster } from './cluster.ts'
import type { Inlet, Written } from './flow.ts'
import { recordOf } from './records.ts'

const pageSize = 40

/** An API that hands out the records of one batch in pages. The next batch is there when the run that read this one is done. */
export class PagedApi implements Written, AsyncDisposable {
  readonly name: string
  readonly bad = 0
  readonly #server: Server
  #first = 0
  #records = 0
  #done = 0

  private constructor(name: string) {
    this.name = name
    this.#server = createServer((request, response) => void this.#answer(request, response))
  }

  static async start(name: string): Promise<PagedApi> {
    const api = new PagedApi(name)
    await new Promise<void>((listening) => api.#server.listen(0, '127.0.0.1', listening))
    return api
  }

  get records(): number {
    return this.#records
  }

  get inlet(): Inlet {
    const { port } = this.#server.address() as AddressInfo
    const template = {
      request: { method: 'GET', url: `http://127.0.0.1:${port}/records` },
      pagination: { type: 'cursor', cursor_field: 'next', cursor_param: 'after' },
    }
    return { type: 'rest', config: {}, template }
  }

  /** One more batch to be read. */
  publish(count: number): void {
    this.#first = this.#records
    this.#records += count
  }

  /** Null when every batch was read by a run that is done. */
  async unread(): Promise<string | null> {
    return this.#done >= this.#records ? null : `${this.#records - this.#done} records of the API to be read`
  }

  /**
   * Batches that are read by one run each, until there were enough. A run is asked for in the source's row, as the platform does itself: whether it was
   * can be seen afterwards, whatever dies. One that fails is followed by another, which goes on at its checkpoint.
   */
  async feed(
    cluster: Cluster,
    sourceId: number,
    random: () => number,
    enough: AbortSignal,
    ending: AbortSignal,
  ): Promise<void> {
    while (!enough.aborted) {
      this.publish(100 + Math.floor(random() * 500))
      await this.read(cluster, sourceId, ending)
      await pause(random() * 500)
    }
  }

  /** True when the batch was read to its end, by a run after `since` (the newest one unless given); false when aborted. */
  async read(cluster: Cluster, sourceId: number, signal: AbortSignal, since?: number): Promise<boolean> {
    let last = since === undefined ? await newest(cluster, sourceId) : { id: since }
    for (; !signal.aborted; await pause(50)) {
      const run = await newest(cluster, sourceId)
      if (run === undefined || last === undefined) {
        last ??= run
        continue
      }
      if (run.id > last.id && run.status === 'DONE') {
        this.#done = this.#records
        return true
      }
      if (run.isGoing || run.isAsked) continue
      last = run
      await cluster.database.pool
        .query('update data_source set next_run_at = now() where id = $1', [sourceId])
        .catch(() => undefined)
    }
    return false
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((closed) => this.#server.close(closed))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const from = Number(new URL(request.url ?? '/', 'http://api').searchParams.get('after') ?? this.#first)
    const to = Math.min(from + pageSize, this.#records)
    const data = Array.from({ length: Math.max(0, to - from) }, (_, at) =>
      recordOf(this.name, from + at, `${this.name}-${this.#first}`, from + at),
    )
    // Long enough that kills come in the middle of a chain of pages.
    await pause(15)
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ data, next: to < this.#records ? String(to) : null }))
  }
}

interface NewestRun {
  readonly id: number
  readonly status: string
  readonly isGoing: boolean
  readonly isAsked: boolean
}

async function newest(cluster: Cluster, sourceId: number): Promise<NewestRun | undefined> {
  try {
    const { rows } = await cluster.database.pool.query(
      `select coalesce(r.id, 0)::float8 as id, coalesce(r.status, 'NONE') as status, coalesce(r.status in ('QUEUED', 'RUNNING'), false) as "isGoing",
         s.next_run_at is not null as "isAsked"
       from data_source s left join lateral (select id, status from run where data_source_id = s.id order by id desc limit 1) r on true where s.id = $1`,
      [sourceId],
    )
    return rows[0] as NewestRun
  } catch {
    return undefined // the database is away
  }
}
