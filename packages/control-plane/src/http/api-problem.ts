import type { ProblemDetail, ProblemName } from '@leat/contract'

/** A failure that the API answers with. `name` picks status, code and title from the contract's table. */
export class ApiProblem extends Error {
  readonly problem: ProblemName
  readonly extra: ProblemExtra

  constructor(problem: ProblemName, message: string, extra: ProblemExtra = {}) {
    super(message, extra.cause === undefined ? undefined : { cause: extra.cause })
    this.name = 'ApiProblem'
    this.problem = problem
    this.extra = extra
  }
}

export interface ProblemExtra {
  readonly details?: readonly ProblemDetail[]
  readonly faultCode?: string
  readonly resource?: { readonly type: string; readonly id: string | number }
  readonly retryAfterSeconds?: number
  readonly cause?: unknown
}
