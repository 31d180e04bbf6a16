import assert from 'node:assert/strict'
import test from 'node:test'
import { Fault } from '@leat/connector-kit'
import { expandPattern, folderExpressionOf, patternUsesRecord } from './file-name.ts'
import { openBench } from './testing/duckdb.ts'

const date = new Date('2026-03-07T04:05:06Z')

test('date macros, upper and lower case, in UTC', () => {
  assert.equal(expandPattern('{YYYY}/{MM}/{dd}', date), '2026/03/07')
  assert.equal(expandPattern('/y={yyyy}/{DD}-{HH}{mm}{ss}/', date), 'y=2026/07-040506')
  assert.equal(expandPattern('', date), '')
})

test('PROMISE-NAMES-CONFINED: record macros cannot leave the folder, and SQL gives the same folder', async () => {
  await using bench = await openBench()
  const pattern = "r/{record.city}/{yyyy}/{record.o.x}/it's"
  assert.ok(patternUsesRecord(pattern) && !patternUsesRecord('{yyyy}'))
  for (const city of [
    'Zürich',
    '../../etc',
    '..',
    '.hidden',
    'a/b\\c',
    '',
    null,
    'x'.repeat(300),
    'new\nline',
    '{YYYY}',
    '東京 市',
  ]) {
    const folder = expandPattern(pattern, date, { city, o: { x: 5 } })
    assert.match(folder, /^r\/[^/\\.][^/\\]*\/2026\/5\/it's$/)
    const value = city === null ? 'NULL::VARCHAR' : `'${city}'`
    const [row] = await bench.session.rows(
      `SELECT ${folderExpressionOf(pattern, date)} AS folder FROM (SELECT ${value} AS city, {'x': 5} AS o)`,
    )
    assert.equal(row?.folder, folder)
  }
})

test('an unknown macro, an open brace and a way out are config faults', () => {
  for (const pattern of ['{YYY}', '{}', '{YYYY', 'a/../b', '..', '{record.}'])
    assert.throws(
      () => expandPattern(pattern, date),
      (error) => error instanceof Fault && error.kind === 'config' && error.field === 'output.dir.name.pattern',
      pattern,
    )
})
