import type { QuarantinedRecord, QuarantinePage } from '@leat/contract'
import type { Caller, CallOptions, QueryOf } from '../call.ts'
import { everyPage } from '../pages.ts'

type ListQuery = QueryOf<'list_quarantine'>

/** Records that were refused, with their bytes, origin and reason. */
export class QuarantineResource {
  readonly #call: Caller

  constructor(call: Caller) {
    this.#call = call
  }

  /** Filters: `resource_type` and `id`, `run_id`. */
  list(query?: ListQuery, options?: CallOptions): Promise<QuarantinePage> {
    return this.#call('list_quarantine', { query, ...options })
  }

  all(query?: ListQuery, options?: CallOptions): AsyncGenerator<QuarantinedRecord> {
    return everyPage(async (page, per_page) => (await this.list({ ...query, page, per_page }, options)).records)
  }
}
