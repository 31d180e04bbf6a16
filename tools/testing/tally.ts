/** What a suite came to. */
export interface Tally {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** Told again at the end, when nobody can scroll back. */
  readonly failures: readonly Failure[]
  readonly times: readonly FileTime[]
}

export interface FileTime {
  /** Relative to the root. */
  readonly file: string
  readonly seconds: number
}

export interface Failure {
  readonly name: string
  readonly file: string
  readonly detail: string
}

export const nothing: Tally = { passed: 0, failed: 0, skipped: 0, failures: [], times: [] }

export function add(a: Tally, b: Tally): Tally {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
    failures: [...a.failures, ...b.failures],
    times: [...a.times, ...b.times],
  }
}

/** The files that take longest, for whoever wants the suite to be quicker. */
export function slowest({ times }: Tally, count: number): readonly string[] {
  return times
    .toSorted((a, b) => b.seconds - a.seconds)
    .slice(0, count)
    .map(({ file, seconds }) => `${seconds.toFixed(1).padStart(8)} s  ${file}`)
}

/** Longest first, by what is known of earlier runs, so that the slots end at about the same time. New files count as short ones. */
export function longestFirst(files: readonly string[], known: Readonly<Record<string, number>>): readonly string[] {
  return files.toSorted((a, b) => (known[b] ?? 0) - (known[a] ?? 0))
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
