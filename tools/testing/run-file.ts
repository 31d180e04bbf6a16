import { createHash } from 'node:crypto'
import { open, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import type { TestReport } from './event-reporter.ts'
import { runApart, type Ended } from './run-apart.ts'

export interface FileRun extends Ended {
  readonly reports: readonly TestReport[]
  readonly seconds: number
  /** What it wrote to its outputs. */
  readonly output: string
  /** JUnit. */
  readonly junit: string
}

export interface FileOptions {
  readonly limitMs: number
  readonly pattern: string | null
  /** For reports and output. */
  readonly folder: string
}

const reporter = path.join(import.meta.dirname, 'event-reporter.ts')

/** Runs one test file, see `runApart`. */
export async function runFile(file: string, { limitMs, pattern, folder }: FileOptions): Promise<FileRun> {
  const hash = createHash('sha256').update(file).digest('hex').slice(0, 8)
  const stem = path.join(folder, `${path.basename(file)}-${hash}`)
  const [events, junit, log] = [`${stem}.events`, `${stem}.xml`, `${stem}.log`]
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const args = [
    `--test-reporter=${reporter}`,
    `--test-reporter-destination=${events}`,
    '--test-reporter=junit',
    `--test-reporter-destination=${junit}`,
    ...(pattern === null ? [] : [`--test-name-pattern=${pattern}`]),
    file,
  ]
  const began = performance.now()
  const ended = await withOutput(log, (output) =>
    runApart({ command: process.execPath, args, env, stdio: ['ignore', output, output], limitMs }),
  )
  const seconds = (performance.now() - began) / 1000
  const read = (name: string): Promise<string> => readFile(name, 'utf8').catch(() => '')
  const run = {
    ...ended,
    seconds,
    reports: reportsIn(await read(events)),
    output: await read(log),
    junit: await read(junit),
  }
  await Promise.all([events, junit, ...(run.output === '' ? [log] : [])].map((name) => rm(name, { force: true })))
  return run
}

async function withOutput<T>(file: string, work: (descriptor: number) => Promise<T>): Promise<T> {
  const output = await open(file, 'w')
  try {
    return await work(output.fd)
  } finally {
    await output.close()
  }
}

/** The last line may be cut off. */
function reportsIn(text: string): readonly TestReport[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as TestReport)
}
