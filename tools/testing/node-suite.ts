import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { TestReport } from './event-reporter.ts'
import { runFile, type FileRun } from './run-file.ts'
import { isMissingPeer, type Failure, type FileTime, type Tally } from './tally.ts'

export interface NodeSuite {
  readonly name: string
  /** Absolute paths, in the order in which they begin. */
  readonly files: readonly string[]
  readonly concurrency: number
  /** For one file; see `runFile`. */
  readonly timeoutMs: number
  readonly pattern: string | null
  readonly junitFile: string
  /** True in CI: a skip for want of a server counts as a failure. */
  readonly strict: boolean
  readonly root: string
}

/** Runs test files in processes of their own and tells of each file as it ends. */
export async function runNodeSuite(suite: NodeSuite, say: (line: string) => void): Promise<Tally> {
  const folder = path.join(path.dirname(suite.junitFile), 'files')
  await mkdir(folder, { recursive: true })
  const waiting = [...suite.files]
  const counter = new Counter(suite, say)
  const junit: string[] = []
  const work = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const run = await runFile(file, { limitMs: suite.timeoutMs, pattern: suite.pattern, folder })
      counter.count(file, run)
      junit.push(run.junit)
    }
  }
  await Promise.all(Array.from({ length: suite.concurrency }, work))
  await writeFile(suite.junitFile, joinJunit(junit))
  return counter.tally
}

class Counter {
  readonly #suite: NodeSuite
  readonly #say: (line: string) => void
  readonly #failures: Failure[] = []
  readonly #times: FileTime[] = []
  #passed = 0
  #skipped = 0

  constructor(suite: NodeSuite, say: (line: string) => void) {
    this.#suite = suite
    this.#say = say
  }

  get tally(): Tally {
    return {
      passed: this.#passed,
      failed: this.#failures.length,
      skipped: this.#skipped,
      failures: this.#failures,
      times: this.#times,
    }
  }

  count(path_: string, run: FileRun): void {
    const file = path.relative(this.#suite.root, path_)
    this.#times.push({ file, seconds: run.seconds })
    const before = { passed: this.#passed, failed: this.#failures.length, skipped: this.#skipped }
    for (const report of run.reports) this.#countTest(file, report)
    const failed = (): number => this.#failures.length - before.failed
    const [passed, skipped] = [this.#passed - before.passed, this.#skipped - before.skipped]
    // A failed test gives an exit code too; that is told by the test.
    const exitsForTests = run.trouble === 'ended with code 1' && failed() > 0
    if (run.trouble !== null && !exitsForTests) this.#fail(file, file, whatHappened(run.trouble, run))
    else if (this.#suite.pattern === null && passed + failed() + skipped === 0)
      this.#fail(file, file, whatHappened('holds no test', run))
    if (this.#suite.pattern !== null && run.reports.length === 0 && failed() === 0) return
    const parts = [
      `${passed} passed`,
      ...(failed() > 0 ? [`${failed()} FAILED`] : []),
      ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ]
    const progress = `${this.#times.length}/${this.#suite.files.length}`
    const mark = failed() === 0 ? '✔' : '✖'
    this.#say(`${mark} [${this.#suite.name} ${progress}] ${file}: ${parts.join(', ')} (${run.seconds.toFixed(1)} s)`)
    if (run.trouble === null && run.left.length > 0)
      this.#say(`  it left ${run.left.length} processes behind, which were killed:\n${indent(run.left.join('\n'))}`)
  }

  #countTest(file: string, report: TestReport): void {
    if (report.kind === 'failed') {
      // A suite or a parent fails because of what stands in it; that was told already.
      if (!report.byParts) this.#fail(report.name, file, report.detail)
    } else if (report.kind === 'passed' && !report.isSuite) {
      if (report.skip === null) this.#passed++
      else if (this.#suite.strict && isMissingPeer(report.skip))
        this.#fail(report.name, file, `skipped, and in CI a missing server is a failure: ${report.skip}`)
      else this.#skipped++
    }
  }

  #fail(name: string, file: string, detail: string): void {
    this.#failures.push({ name, file, detail })
    this.#say(`✖ ${file}: ${name}\n${indent(detail)}`)
  }
}

/** Why a file failed apart from its tests: what was going on, what it had started, and the end of what it said. */
function whatHappened(trouble: string, { reports, left, output }: FileRun): string {
  const open = new Map<string, number>()
  for (const report of reports)
    open.set(report.name, (open.get(report.name) ?? 0) + (report.kind === 'started' ? 1 : -1))
  const unfinished = [...open].filter(([, count]) => count > 0).map(([name]) => name)
  const killed = trouble.endsWith('was killed')
  return [
    trouble,
    ...(unfinished.length > 0 ? [`had not ended: ${unfinished.join('; ')}`] : []),
    ...(killed && unfinished.length === 0
      ? ['every test that began had ended: a timer, a socket or a child process was left open']
      : []),
    ...(left.length > 0 ? [`killed:\n${indent(left.join('\n'))}`] : []),
    ...(output === '' ? [] : [`it said at the end:\n${indent(output.trimEnd().split('\n').slice(-30).join('\n'))}`]),
  ].join('\n')
}

/** One report out of those of the files. */
function joinJunit(reports: readonly string[]): string {
  const bodies = reports.map((text) => /<testsuites>([\s\S]*)<\/testsuites>/.exec(text)?.[1] ?? '')
  return `<?xml version="1.0" encoding="utf-8"?>\n<testsuites>${bodies.join('')}</testsuites>\n`
}

export function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n')
}
