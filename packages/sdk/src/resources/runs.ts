import type { Run, RunDetail } from '@leat/contract'
import type { Caller, CallOptions, QueryOf } from '../call.ts'
import { everyPage } from '../pages.ts'
import { pause } from '../transport.ts'

type ListQuery = QueryOf<'list_runs'>

/** Runs of sources, with the sums of every node behind them. */
export class RunsResource {
  readonly #call: Caller

  constructor(call: Caller) {
    this.#call = call
  }

  /** Newest first. */
  list(query?: ListQuery, options?: CallOptions): Promise<Run[]> {
    return this.#call('list_runs', { query, ...options })
  }

  all(query?: ListQuery, options?: CallOptions): AsyncGenerator<Run> {
    return everyPage((page, per_page) => this.list({ ...query, page, per_page }, options))
  }

  get(id: number, options?: CallOptions): Promise<RunDetail> {
    return this.#call('get_run', { params: { id }, ...options })
  }

  /**
   * The run again and again, the last time when it is over: it failed or was stopped (and no retry is planned), or it is
   * done and every nexset and destination behind the source has caught up.
   */
  async *watch(
    id: number,
    { interval_ms = 500, ...options }: CallOptions & { interval_ms?: number } = {},
  ): AsyncGenerator<RunDetail> {
    for (;;) {
      const run = await this.get(id, options)
      yield run
      if (isOver(run)) return
      await pause(interval_ms, options.signal)
    }
  }

  /** The last answer of `watch`. */
  async wait(id: number, options?: CallOptions & { interval_ms?: number }): Promise<RunDetail> {
    let last: RunDetail | undefined
    for await (const run of this.watch(id, options)) last = run
    return last as RunDetail
  }
}

function isOver({ status, followers_caught_up, next_retry_at }: RunDetail): boolean {
  if (status === 'DONE') return followers_caught_up
  return status === 'STOPPED' || (status === 'FAILED' && !next_retry_at)
}
