import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import type { NodeSuite } from './node-suite.ts'
import { tallyOf } from './python-suite.ts'
import { add, isMissingPeer, verdict, type Tally } from './tally.ts'

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
