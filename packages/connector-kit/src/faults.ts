/**
 * A failure that says kind, code, whose problem it is and what to do.
 *
 * | kind | retried | whose |
 * |---|---|---|
 * | config, auth, not_found, data, unsupported | no | user |
 * | rate_limited, transient | yes, after `retryAfterMs` when known | remote |
 * | fenced, cancelled | no | platform |
 * | bug | not at call level; the run may restart from its checkpoint a bounded number of times | platform |
 */
export const faultKinds = [
  'config',
  'auth',
  'not_found',
  'data',
  'unsupported',
  'rate_limited',
  'transient',
  'fenced',
  'cancelled',
  'bug',
] as const
export type FaultKind = (typeof faultKinds)[number]
export type Whose = 'user' | 'remote' | 'platform'

const whoseByKind: Record<FaultKind, Whose> = {
  config: 'user',
  auth: 'user',
  not_found: 'user',
  data: 'user',
  unsupported: 'user',
  rate_limited: 'remote',
  transient: 'remote',
  fenced: 'platform',
  cancelled: 'platform',
  bug: 'platform',
}

export interface FaultInit {
  readonly kind: FaultKind
  /** `<area>.<what>`, low cardinality: `s3.bucket_missing`. */
  readonly code: string
  /** For the user: names the record, field, value and the next step. Never a secret. */
  readonly message: string
  /** Config key that is wrong, when one is. */
  readonly field?: string
  readonly retryAfterMs?: number
  readonly cause?: unknown
}

export class Fault extends Error {
  readonly kind: FaultKind
  readonly code: string
  readonly field: string | undefined
  readonly retryAfterMs: number | undefined

  constructor(init: FaultInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause })
    this.name = 'Fault'
    this.kind = init.kind
    this.code = init.code
    this.field = init.field
    this.retryAfterMs = init.retryAfterMs
  }

  get whose(): Whose {
    return whoseByKind[this.kind]
  }

  get retryable(): boolean {
    return this.kind === 'rate_limited' || this.kind === 'transient'
  }
}

/** Any thrown value as a fault; what is not a fault is a bug. */
export function toFault(thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown
  if (thrown instanceof Error && thrown.name === 'AbortError')
    return new Fault({
      kind: 'cancelled',
      code: 'platform.cancelled',
      message: 'The work was cancelled.',
      cause: thrown,
    })
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new Fault({ kind: 'bug', code: 'platform.bug', message, cause: thrown })
}

const stagedLostCode = 'delivery.staged_lost'

/** For `Writer.commit`: what was staged is gone, and it is certain that nothing of it is visible. The engine delivers those records again. */
export function stagedLost(message: string, cause?: unknown): Fault {
  return new Fault({ kind: 'transient', code: stagedLostCode, message, cause })
}

export function isStagedLost(thrown: unknown): boolean {
  return thrown instanceof Fault && thrown.code === stagedLostCode
}
