/** What a suite came to. */
export interface Tally {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** Told again at the end, when nobody can scroll back. */
  readonly failures: readonly Failure[]
}

export interface Failure {
  readonly name: string
  readonly file: string
  readonly detail: string
}

export const nothing: Tally = { passed: 0, failed: 0, skipped: 0, failures: [] }

export function add(a: Tally, b: Tally): Tally {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
    failures: [...a.failures, ...b.failures],
  }
}

/** The last line of `leat test`; scripts read it. */
export function verdict({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}

/**
 * A skip that hides a missing server or tool. In CI that is a failure: a suite that quietly tested nothing is worse than none. Skips
 * for other reasons (a law that does not apply to a connector) stay skips.
 */
export function isMissingPeer(reason: string): boolean {
  return /could not be installed|not installed|is missing|not available on this machine/i.test(reason)
}
