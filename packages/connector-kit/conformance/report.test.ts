import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { Report, type SuiteResult } from './report.ts'

const peer = { kind: 'emulator', name: 'some emulator 1.2' } as const

function reportOf(testFile: string, law7: 'passed' | 'not applicable'): Report {
  const report = new Report({ type: 'some_sql' }, peer, testFile)
  report.add(1, { result: 'passed' })
  report.add(7, law7 === 'passed' ? { result: 'passed' } : { result: law7, reason: 'it has none' })
  report.addLimits({ sink: { options: {}, differences: { 'text/nul': { refused: 'record', because: 'no NUL' } } } })
  return report
}

test('PROMISE-CONFORMANCE-TABLE a run of the suite fails when its results are not those that are committed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'leat-report-'))
  try {
    await mkdir(join(folder, 'test'))
    await writeFile(join(folder, 'package.json'), '{}')
    const [first, other] = [join(folder, 'test/conformance.test.ts'), join(folder, 'test/other.test.ts')]
    assert.match(reportOf(first, 'passed').compare(false) ?? '', /does not know this run.*LEAT_CONFORMANCE=write/)
    for (const file of [first, other]) assert.equal(reportOf(file, 'passed').compare(true), null)
    for (const file of [first, other]) assert.equal(reportOf(file, 'passed').compare(false), null)
    assert.match(reportOf(first, 'not applicable').compare(false) ?? '', /tells another result/)
    const all = JSON.parse(await readFile(join(folder, 'conformance.json'), 'utf8')) as readonly SuiteResult[]
    assert.deepEqual(
      all.map(({ from, peer_kind, limits }) => [from, peer_kind, limits]),
      ['conformance.test.ts', 'other.test.ts'].map((from) => [
        from,
        'emulator',
        { 'writes text/nul': 'refuses the record: no NUL' },
      ]),
    )
  } finally {
    await rm(folder, { recursive: true })
  }
})
