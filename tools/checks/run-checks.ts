import type { Check } from './check.ts'

export interface CheckResult {
  readonly check: Check
  readonly ok: boolean
  readonly lines: readonly string[]
  readonly seconds: number
}

/** Runs the checks one after another (they use all cores themselves) and tells of each as it ends. */
export async function runChecks(
  checks: readonly Check[],
  say: (line: string) => void,
): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = []
  for (const check of checks) {
    const start = performance.now()
    const { ok, lines } = await check.run().catch((error: unknown) => ({
      ok: false,
      lines: [error instanceof Error ? (error.stack ?? error.message) : String(error)],
    }))
    const result = { check, ok, lines, seconds: (performance.now() - start) / 1000 }
    results.push(result)
    for (const line of report(result)) say(line)
  }
  return results
}

const shownLines = 60

/** A failed check with its findings and its remedy; notes of one that holds are kept short. */
export function report({ check, ok, lines, seconds }: CheckResult): readonly string[] {
  const head = `${ok ? '✔' : '✖'} ${check.name} (${seconds.toFixed(1)} s)`
  const shown = lines.slice(0, ok ? 5 : shownLines).map((line) => `    ${line}`)
  const more = lines.length > shown.length ? [`    … and ${lines.length - shown.length} more lines`] : []
  return [head, ...shown, ...more, ...(ok ? [] : [`  → ${check.remedy}`])]
}
