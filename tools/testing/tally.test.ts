import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import type { NodeSuite } from './node-suite.ts'
import { tallyOf } from './python-suite.ts'
import slowFiles from './slow-files.json' with { type: 'json' }
import { add, isMissingPeer, longestFirst, slowest, verdict, type Tally } from './tally.ts'

const file = `
import { describe, test } from 'node:test'
import assert from 'node:assert/strict'
describe('a suite', () => {
  test('passes', () => {})
  test('fails', () => { assert.equal(1, 2) })
  test('with a part', async (t) => { await t.test('part', () => {}) })
})
test('does not apply', { skip: 'the connector cannot do that' }, () => {})
test('needs a server', { skip: 'versitygw could not be installed: no Go' }, () => {})
`

/** A process of its own: node:test refuses to run tests from within a test. */
async function runApart(folder: string, suite: NodeSuite): Promise<{ tally: Tally; said: readonly string[] }> {
  const script = `import { runNodeSuite } from ${JSON.stringify(import.meta.resolve('./node-suite.ts'))}
    const said = []
    const tally = await runNodeSuite(${JSON.stringify(suite)}, (line) => said.push(line))
    console.log(JSON.stringify({ tally, said }))`
  await writeFile(path.join(folder, 'run.mjs'), script)
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const { stdout } = await promisify(execFile)(process.execPath, [path.join(folder, 'run.mjs')], { env })
  return JSON.parse(stdout) as { tally: Tally; said: readonly string[] }
}

test('PROMISE-TEST-COUNTS every test counts once, and in CI a skip for want of a server is a failure', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'leat-tally-'))
  try {
    await writeFile(path.join(folder, 'some.test.mjs'), file)
    await writeFile(path.join(folder, 'dies.test.mjs'), 'process.exit(3)')
    await writeFile(
      path.join(folder, 'other.test.mjs'),
      `import { test } from 'node:test'\ntest('something else', () => {})`,
    )
    for (const strict of [false, true]) {
      const suite = {
        name: 'unit',
        files: [path.join(folder, 'some.test.mjs'), path.join(folder, 'dies.test.mjs')],
        concurrency: 1,
        timeoutMs: 20_000,
        pattern: null,
        junitFile: path.join(folder, 'report.xml'),
        strict,
        root: folder,
      }
      const { tally, said } = await runApart(folder, suite)
      assert.equal(verdict(tally), strict ? '3 passed, 3 failed, 1 skipped' : '3 passed, 2 failed, 2 skipped')
      assert.deepEqual(
        tally.failures.map((failure) => failure.file).toSorted(),
        strict ? ['dies.test.mjs', 'some.test.mjs', 'some.test.mjs'] : ['dies.test.mjs', 'some.test.mjs'],
      )
      assert.ok(said.some((line) => line.includes('some.test.mjs')))
      assert.match(await readFile(suite.junitFile, 'utf8'), /<testcase name="passes"/)
    }
    const files = ['some.test.mjs', 'other.test.mjs'].map((name) => path.join(folder, name))
    const common = {
      concurrency: 1,
      timeoutMs: 20_000,
      junitFile: path.join(folder, 'two.xml'),
      strict: false,
      root: folder,
    }
    const { tally, said } = await runApart(folder, { name: 'unit', files, pattern: '^passes$', ...common })
    assert.equal(verdict(tally), '1 passed, 0 failed, 0 skipped', 'files without a match count nothing')
    assert.ok(!said.some((line) => line.includes('other.test.mjs')), 'and are not told of')
  } finally {
    await rm(folder, { recursive: true })
  }
})

const hangs = `
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
const forever = 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)'
test('passes', () => {})
test('waits for nothing', () => {
  const child = spawn(process.execPath, ['-e', forever], { stdio: 'inherit' })
  // A session of its own, as the built-in PostgreSQL has: found by the folder that it works in.
  const apart = spawn(process.execPath, ['-e', forever], { detached: true, stdio: 'inherit', cwd: tmpdir(), env: {} })
  apart.unref()
  writeFileSync(process.env.PIDS, child.pid + ' ' + apart.pid)
  console.log('said before')
  return new Promise(() => {})
})
`

const leaves = `
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { test } from 'node:test'
test('passes', () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' })
  child.unref()
  writeFileSync(process.env.PIDS, String(child.pid))
})
`

const opens = `
import { createServer } from 'node:net'
import { test } from 'node:test'
test('passes', () => { createServer().listen(0) })
`

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0)
    // An orphan that was killed may wait for its new parent to ask.
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

test('PROMISE-TEST-ENDS a test file that does not end is killed with all that it started, and fails', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'leat-tally-'))
  t.after(() => rm(folder, { recursive: true }))
  const pids = path.join(folder, 'pids')
  process.env['PIDS'] = pids
  const run = async (name: string, text: string, timeoutMs: number): Promise<{ tally: Tally; said: string }> => {
    await writeFile(path.join(folder, name), text)
    const { tally, said } = await runApart(folder, {
      name: 'unit',
      files: [path.join(folder, name)],
      concurrency: 1,
      timeoutMs,
      pattern: null,
      junitFile: path.join(folder, 'report.xml'),
      strict: false,
      root: folder,
    })
    return { tally, said: said.join('\n') }
  }
  const started = async (): Promise<number[]> => (await readFile(pids, 'utf8')).split(' ').map(Number)

  // Long enough for two processes to begin on a busy machine.
  const hung = await run('hangs.test.mjs', hangs, 5000)
  assert.equal(verdict(hung.tally), '1 passed, 1 failed, 0 skipped')
  const [failure] = hung.tally.failures
  assert.match(failure?.detail ?? '', /^did not end within 5 s and was killed\nhad not ended: waits for nothing\n/)
  assert.match(failure?.detail ?? '', /said before/)
  assert.deepEqual((await started()).filter(runs), [])

  const open = await run('opens.test.mjs', opens, 3000)
  assert.equal(verdict(open.tally), '1 passed, 1 failed, 0 skipped')
  assert.match(open.tally.failures[0]?.detail ?? '', /every test that began had ended: a timer, a socket or a child/)

  const left = await run('leaves.test.mjs', leaves, 20_000)
  assert.equal(verdict(left.tally), '1 passed, 0 failed, 0 skipped')
  assert.match(left.said, /it left 1 processes behind, which were killed:\n .*setInterval/)
  assert.deepEqual((await started()).filter(runs), [])

  const empty = await run('empty.test.mjs', '', 20_000)
  assert.match(empty.tally.failures[0]?.detail ?? '', /^holds no test/)
})

test('the slowest files are told, and begin first the next time', () => {
  const times = [1, 30, 12].map((seconds) => ({ file: `${seconds}.test.ts`, seconds }))
  const tally = { passed: 0, failed: 0, skipped: 0, failures: [], times }
  assert.deepEqual(slowest(tally, 2), ['    30.0 s  30.test.ts', '    12.0 s  12.test.ts'])
  assert.deepEqual(longestFirst(['a', 'b', 'c'], { b: 5, c: 9 }), ['c', 'b', 'a'])
})

test('the files that are known to be slow are there', () => {
  const gone = Object.keys(slowFiles).filter((file) => !existsSync(path.join(import.meta.dirname, '../..', file)))
  assert.deepEqual(gone, [], 'renamed or removed: correct tools/testing/slow-files.json')
})

test('a report of pytest is counted', () => {
  const report = `<?xml version="1.0"?><testsuites><testsuite tests="4"><testcase classname="tests.python.test_a" name="test_ok" time="0.1" />
    <testcase classname="tests.python.test_a" name="test_bad" time="0.1"><failure message="assert 1 == 2">x &lt; y</failure></testcase>
    <testcase classname="tests.python.test_a" name="test_error" time="0.1"><error message="boom">trace</error></testcase>
    <testcase classname="tests.python.test_b" name="test_skip" time="0"><skipped type="pytest.skip" message="server could not be installed">x</skipped></testcase></testsuite></testsuites>`
  assert.equal(verdict(tallyOf(report, false)), '1 passed, 2 failed, 1 skipped')
  assert.equal(verdict(tallyOf(report, true)), '1 passed, 3 failed, 0 skipped')
  assert.deepEqual(tallyOf(report, false).failures[0], {
    name: 'test_bad',
    file: 'tests/python/test_a',
    detail: 'x < y',
  })
  assert.equal(verdict(add(tallyOf(report, false), tallyOf(report, true))), '2 passed, 5 failed, 1 skipped')
  assert.equal(isMissingPeer('law 13 does not apply: files have no reserved names'), false)
})
