import type { DailyMetrics, User } from '@leat/contract'
import type { Caller, CallOptions, QueryOf } from '../call.ts'

export class UsersResource {
  readonly #call: Caller

  constructor(call: Caller) {
    this.#call = call
  }

  getCurrent(options?: CallOptions): Promise<User> {
    return this.#call('get_current_user', { ...options })
  }

  getDailyMetrics(id: number, query: QueryOf<'get_user_metrics'>, options?: CallOptions): Promise<DailyMetrics> {
    return this.#call('get_user_metrics', { params: { id }, query, ...options })
  }
}
