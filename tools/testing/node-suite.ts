import { createWriteStream } from 'node:fs'
import path from 'node:path'
import { run, type EventData } from 'node:test'
import { junit } from 'node:test/reporters'
import { finished } from 'node:stream/promises'
import { isMissingPeer, type Failure, type Tally } from './tally.ts'

export interface NodeSuite {
  readonly name: string
  /** Absolute paths. */
  readonly files: readonly string[]
  readonly concurrency: number
  /** For one file. */
  readonly timeoutMs: number
  readonly pattern: string | null
  readonly junitFile: string
  /** True in CI: a skip for want of a server counts as a failure. */
  readonly strict: boolean
  readonly root: string
}

/** Runs test files in processes of their own and tells of each file as it ends. */
export async function runNodeSuite(suite: NodeSuite, say: (line: string) => void): Promise<Tally> {
  if (suite.files.length === 0) return { passed: 0, failed: 0, skipped: 0, failures: [] }
  const stream = run({
    files: [...suite.files],
    concurrency: suite.concurrency,
    timeout: suite.timeoutMs,
    ...(suite.pattern === null ? {} : { testNamePatterns: [suite.pattern] }),
  })
  const counter = new Counter(suite, say)
  stream.on('test:pass', (data) => counter.passed(data))
  stream.on('test:fail', (data) => counter.failed(data))
  stream.on('test:summary', (data) => counter.fileEnded(data))
  const report = createWriteStream(suite.junitFile)
  stream.compose(junit).pipe(report)
  await finished(report)
  return counter.tally()
}

class Counter {
  readonly #suite: NodeSuite
  readonly #say: (line: string) => void
  readonly #failures: Failure[] = []
  readonly #failedFiles = new Map<string, number>()
  #passed = 0
  #skipped = 0
  #files = 0

  constructor(suite: NodeSuite, say: (line: string) => void) {
    this.#suite = suite
    this.#say = say
  }

  passed(data: EventData.TestPass): void {
    // A file in which no test ran is told of as a test of its own name.
    if (data.details.type === 'suite' || (data.name === data.file && data.nesting === 0)) return
    const reason = data.skip ?? data.todo
    if (reason === undefined || reason === false) {
      this.#passed++
    } else if (this.#suite.strict && isMissingPeer(String(reason))) {
      this.#fail(data.name, data.file, `skipped, and in CI a missing server is a failure: ${String(reason)}`)
    } else {
      this.#skipped++
    }
  }

  failed(data: EventData.TestFail): void {
    const { error } = data.details
    // A suite or a parent fails because of what stands in it; that was told already.
    if ('failureType' in error && error.failureType === 'subtestsFailed') return
    const cause =
      error.cause instanceof Error ? (error.cause.stack ?? error.cause.message) : String(error.cause ?? error.message)
    this.#fail(data.name, data.file, cause)
  }

  fileEnded(data: EventData.TestSummary): void {
    if (data.file === undefined) return
    this.#files++
    const file = path.relative(this.#suite.root, data.file)
    const failed = this.#failedFiles.get(data.file) ?? 0
    if (this.#suite.pattern !== null && data.counts.tests === 0 && failed === 0) return
    const mark = failed === 0 && data.success ? '✔' : '✖'
    const skips = data.counts.skipped > 0 ? `, ${data.counts.skipped} skipped` : ''
    const progress = `${this.#files}/${this.#suite.files.length}`
    this.#say(
      `${mark} [${this.#suite.name} ${progress}] ${file}: ${data.counts.passed} passed${failed > 0 ? `, ${failed} FAILED` : ''}${skips} (${(data.duration_ms / 1000).toFixed(1)} s)`,
    )
  }

  tally(): Tally {
    return { passed: this.#passed, failed: this.#failures.length, skipped: this.#skipped, failures: this.#failures }
  }

  #fail(name: string, file: string | undefined, detail: string): void {
    const shown = file === undefined ? this.#suite.name : path.relative(this.#suite.root, file)
    if (file !== undefined) this.#failedFiles.set(file, (this.#failedFiles.get(file) ?? 0) + 1)
    this.#failures.push({ name, file: shown, detail })
    this.#say(`✖ ${shown}: ${name}\n${indent(detail)}`)
  }
}

export function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n')
}
