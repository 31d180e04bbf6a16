import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { isMissingPeer, type Failure, type Tally } from './tally.ts'

export interface PythonSuite {
  readonly interpreter: string
  /** Relative to the root. */
  readonly folder: string
  readonly pattern: string | null
  readonly junitFile: string
  readonly strict: boolean
  readonly root: string
  readonly timeoutMs: number
}

/** Runs pytest, whose own output streams through, and reads the counts from its report. */
export async function runPythonSuite(suite: PythonSuite): Promise<Tally> {
  const args = [
    '-m',
    'pytest',
    suite.folder,
    '-v',
    '-rfE',
    '--tb=short',
    '-p',
    'no:cacheprovider',
    `--junitxml=${suite.junitFile}`,
    ...(suite.pattern === null ? [] : ['-k', suite.pattern]),
  ]
  const code = await new Promise<number | string>((resolve) => {
    const child = spawn(suite.interpreter, args, {
      cwd: suite.root,
      stdio: ['ignore', 'inherit', 'inherit'],
      timeout: suite.timeoutMs,
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
    })
    child.on('error', (error) => resolve(error.message))
    child.on('close', (status, signal) => resolve(status ?? `ended by ${signal ?? 'a signal'}`))
  })
  const report = await readFile(suite.junitFile, 'utf8').catch(() => null)
  // 5: pytest found no test, which is right when a pattern was given.
  if (code === 5 && suite.pattern !== null) return { passed: 0, failed: 0, skipped: 0, failures: [] }
  if (report === null) return broken(suite, `pytest gave no report (${code})`)
  const tally = tallyOf(report, suite.strict)
  return tally.failed === 0 && code !== 0
    ? { ...tally, failed: 1, failures: broken(suite, `pytest ended with ${code}`).failures }
    : tally
}

function broken(suite: PythonSuite, detail: string): Tally {
  return { passed: 0, failed: 1, skipped: 0, failures: [{ name: 'pytest', file: path.join(suite.folder), detail }] }
}

/** Counts of a JUnit report as pytest writes it. */
export function tallyOf(report: string, strict: boolean): Tally {
  const failures: Failure[] = []
  let [passed, skipped] = [0, 0]
  for (const [, attributes = '', body = ''] of report.matchAll(/<testcase\s([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g)) {
    const name = attribute(attributes, 'name')
    const file = attribute(attributes, 'classname').replaceAll('.', '/')
    const problem = /<(failure|error)\b[^>]*?(?:\/>|>([\s\S]*?)<\/\1>)/.exec(body)
    const skip = /<skipped\b([^>]*)/.exec(body)
    const reason = skip === null ? '' : attribute(skip[1] ?? '', 'message')
    if (problem !== null) failures.push({ name, file, detail: unescape(problem[2] ?? problem[0]) })
    else if (skip !== null && strict && isMissingPeer(reason))
      failures.push({ name, file, detail: `skipped, and in CI a missing server is a failure: ${reason}` })
    else if (skip !== null) skipped++
    else passed++
  }
  return { passed, failed: failures.length, skipped, failures }
}

function attribute(attributes: string, name: string): string {
  return unescape(new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(attributes)?.[1] ?? '')
}

function unescape(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#10;', '\n')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&')
}
