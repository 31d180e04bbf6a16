import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { runApart } from './run-apart.ts'
import { isMissingPeer, nothing, type Failure, type FileTime, type Tally } from './tally.ts'

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
  const { code, trouble } = await runApart({
    command: suite.interpreter,
    args,
    cwd: suite.root,
    stdio: ['ignore', 'inherit', 'inherit'],
    limitMs: suite.timeoutMs,
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  })
  const report = await readFile(suite.junitFile, 'utf8').catch(() => null)
  // 5: pytest found no test, which is right when a pattern was given.
  if (code === 5 && suite.pattern !== null) return nothing
  if (report === null) return broken(suite, `pytest gave no report: it ${trouble ?? 'ended with code 0'}`)
  const tally = tallyOf(report, suite.strict)
  return tally.failed === 0 && trouble !== null
    ? { ...tally, failed: 1, failures: broken(suite, `pytest ${trouble}`).failures }
    : tally
}

function broken(suite: PythonSuite, detail: string): Tally {
  return { ...nothing, failed: 1, failures: [{ name: 'pytest', file: path.join(suite.folder), detail }] }
}

/** Counts of a JUnit report as pytest writes it. */
export function tallyOf(report: string, strict: boolean): Tally {
  const failures: Failure[] = []
  const times = new Map<string, number>()
  let [passed, skipped] = [0, 0]
  for (const [, attributes = '', body = ''] of report.matchAll(/<testcase\s([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g)) {
    const name = attribute(attributes, 'name')
    const file = attribute(attributes, 'classname').replaceAll('.', '/')
    times.set(file, (times.get(file) ?? 0) + Number(attribute(attributes, 'time')))
    const problem = /<(failure|error)\b[^>]*?(?:\/>|>([\s\S]*?)<\/\1>)/.exec(body)
    const skip = /<skipped\b([^>]*)/.exec(body)
    const reason = skip === null ? '' : attribute(skip[1] ?? '', 'message')
    if (problem !== null) failures.push({ name, file, detail: unescape(problem[2] ?? problem[0]) })
    else if (skip !== null && strict && isMissingPeer(reason))
      failures.push({ name, file, detail: `skipped, and in CI a missing server is a failure: ${reason}` })
    else if (skip !== null) skipped++
    else passed++
  }
  const spent: FileTime[] = [...times].map(([file, seconds]) => ({ file: `${file}.py`, seconds }))
  return { passed, failed: failures.length, skipped, failures, times: spent }
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
