/**
 * ./leat test [--only checks|unit|integration|python] [--no-install] [name pattern]
 *
 * Installs what tests need, runs the checks and all tests, tells of each as it ends, tells the failures again, and ends with
 * `N passed, N failed, N skipped` alone on a line. Reports stand in .cache/test. Ends with 1 when anything failed.
 */
import { existsSync, globSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { checks } from './checks/checks.ts'
import { runChecks, report } from './checks/run-checks.ts'
import { isMissing, peer } from './peers/peer.ts'
import { indent, runNodeSuite } from './testing/node-suite.ts'
import { runPythonSuite } from './testing/python-suite.ts'
import slowFiles from './testing/slow-files.json' with { type: 'json' }
import { killRunning } from './testing/run-apart.ts'
import { add, longestFirst, nothing, slowest, verdict, type Tally } from './testing/tally.ts'

const suites = ['checks', 'unit', 'integration', 'python'] as const
type SuiteName = (typeof suites)[number]

const root = path.join(import.meta.dirname, '..')
const reports = path.join(root, '.cache/test')
const strict = process.env['CI'] === 'true'
const minutes = 60_000
// `./leat test` hands its own first word on.
const args = process.argv.slice(process.argv[2] === 'test' ? 3 : 2)
const { values, positionals } = parseArgs({
  args,
  options: { only: { type: 'string', multiple: true }, 'no-install': { type: 'boolean', default: false } },
  allowPositionals: true,
})
const pattern = positionals.length === 0 ? null : positionals.join(' ')
const chosen = (values.only ?? []).flatMap((each) => each.split(','))
const wrong = chosen.filter((each) => !suites.includes(each as SuiteName))
if (wrong.length > 0) {
  console.error(`There is no suite ${wrong.join(', ')}. Suites: ${suites.join(', ')}.`)
  process.exit(2)
}
/** A name pattern means tests; checks have no names to match. */
const wanted = (suite: SuiteName): boolean =>
  chosen.length === 0 ? pattern === null || suite !== 'checks' : chosen.includes(suite)
const say = (line: string): void => console.log(line)

/** Unit tests stand beside their sources; those that start servers stand in test/ folders. */
const testFiles = globSync(
  [
    '{packages,connectors,apps}/*/{src,test,scripts,conformance}/**/*.test.ts',
    'tools/**/*.test.ts',
    'tests/**/*.test.ts',
    'bench/**/*.test.ts',
  ],
  { cwd: root, exclude: (name) => name.includes('node_modules') },
).sort()
const isIntegration = (file: string): boolean => /(^|[\\/])tests?[\\/]/.test(file)

await rm(reports, { recursive: true, force: true })
await mkdir(reports, { recursive: true })

// Test files run in process groups of their own, which Ctrl-C in a terminal does not reach.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => void killRunning().finally(() => process.exit(130)))

let total: Tally = nothing
const start = performance.now()
if (!values['no-install'] && (wanted('integration') || wanted('python'))) total = add(total, await installPeers())
if (wanted('checks')) total = add(total, await runAllChecks())
if (wanted('unit'))
  total = add(
    total,
    await runFiles(
      'unit',
      testFiles.filter((file) => !isIntegration(file)),
      2 * minutes,
    ),
  )
if (wanted('integration'))
  total = add(total, await runFiles('integration', testFiles.filter(isIntegration), 10 * minutes))
if (wanted('python')) total = add(total, await runPython())

if (pattern !== null && total.passed + total.failed + total.skipped === 0)
  total = add(total, {
    ...nothing,
    failed: 1,
    failures: [{ name: pattern, file: './leat test', detail: 'No test has a name that matches this pattern.' }],
  })
if (total.failures.length > 0) {
  say(`\n${total.failures.length} failed:`)
  for (const { name, file, detail } of total.failures) say(`\n✖ ${file}: ${name}\n${indent(detail)}`)
}
if (pattern === null && total.times.length > 0) say(`\nthe slowest files:\n${slowest(total, 10).join('\n')}`)
say(`\n${((performance.now() - start) / 1000).toFixed(0)} s; reports in ${path.relative(root, reports)}`)
say(verdict(total))
// A test may have left a handle open; the verdict stands.
process.exit(total.failed === 0 ? 0 : 1)

async function installPeers(): Promise<Tally> {
  heading('what the tests need')
  let tally = nothing
  for (const name of ['versitygw', 'python', 'fakesnow', 'sqlglot', 'schemathesis'] as const) {
    const found = await peer(name, say).catch((error: unknown) => ({
      missing: error instanceof Error ? error.message : String(error),
    }))
    const missing = isMissing(found) ? found.missing : null
    say(missing === null ? `${name}: ready` : `${name}: ${missing}`)
    // In CI a missing server fails the run; elsewhere the tests that need it skip and say why.
    if (missing !== null && strict)
      tally = add(tally, {
        ...nothing,
        failed: 1,
        failures: [{ name: `install ${name}`, file: 'tools/peers', detail: missing }],
      })
  }
  return tally
}

async function runAllChecks(): Promise<Tally> {
  heading('checks')
  const results = await runChecks(checks, say)
  const failed = results.filter((result) => !result.ok)
  const failures = failed.map((result) => ({
    name: result.check.name,
    file: 'check',
    detail: report(result).slice(1).join('\n'),
  }))
  return { ...nothing, passed: results.length - failed.length, failed: failed.length, failures }
}

async function runFiles(name: 'unit' | 'integration', files: readonly string[], timeoutMs: number): Promise<Tally> {
  heading(`${name}: ${files.length} files`)
  return runNodeSuite(
    {
      name,
      files: longestFirst(files, slowFiles).map((file) => path.join(root, file)),
      concurrency: 2,
      timeoutMs,
      pattern,
      junitFile: path.join(reports, `${name}.xml`),
      strict,
      root,
    },
    say,
  )
}

async function runPython(): Promise<Tally> {
  const folder = 'tests/python'
  if (!existsSync(path.join(root, folder))) return nothing
  heading('python')
  const python = await peer('python', say).catch((error: unknown) => ({
    missing: error instanceof Error ? error.message : String(error),
  }))
  if (isMissing(python)) {
    // Installing it was reported above; here it only must not look like success.
    return {
      ...nothing,
      failed: strict ? 1 : 0,
      skipped: strict ? 0 : 1,
      failures: strict ? [{ name: 'python', file: folder, detail: python.missing }] : [],
    }
  }
  return runPythonSuite({
    interpreter: python.interpreter,
    folder,
    pattern,
    junitFile: path.join(reports, 'python.xml'),
    strict,
    root,
    timeoutMs: 20 * minutes,
  })
}

function heading(title: string): void {
  say(`\n── ${title} ${'─'.repeat(Math.max(3, 70 - title.length))}`)
}
