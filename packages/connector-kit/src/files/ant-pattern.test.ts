import assert from 'node:assert/strict'
import { test } from 'node:test'
import { antMatcher } from './ant-pattern.ts'

const cases: readonly [pattern: string, path: string, matches: boolean][] = [
  ['*.json', 'a.json', true],
  ['*.json', 'a.json.gz', false],
  ['*.json', 'raw/a.json', false],
  ['raw/*.json', 'raw/a.json', true],
  ['raw/*.json', 'raw/x/a.json', false],
  ['raw/**/*.json', 'raw/a.json', true],
  ['raw/**/*.json', 'raw/x/y/a.json', true],
  ['raw/**/*.json', 'other/raw/a.json', false],
  ['**/raw/**', 'a/b/raw/c/d.json', true],
  ['**/raw/**', 'raw', true],
  ['**', 'a/b/c', true],
  ['raw/', 'raw/x/y', true],
  ['raw/', 'rawhide/x', false],
  ['day-??.csv', 'day-01.csv', true],
  ['day-??.csv', 'day-1.csv', false],
  ['*a*b*', 'xxaxxbxx', true],
  ['*a*b*', 'xxbxxaxx', false],
  ['**/a/**/b', 'a/x/a/y/b', true],
  ['**/a/*/b', 'a/x/y/b', false],
  ['s3://raw/*.json', 'raw/a.json', true],
  ['/raw/*.json', 'raw/a.json', true],
  ['RAW/*.json', 'raw/a.json', false],
  ['a.json', 'axjson', false],
  ['[ab].json', 'a.json', false],
]

for (const [pattern, path, matches] of cases)
  test(`${pattern} ${matches ? 'matches' : 'does not match'} ${path}`, () =>
    assert.equal(antMatcher(pattern)(path), matches))

test('patterns are separated by commas, and blank ones match nothing', () => {
  const matches = antMatcher(' *.csv , , raw/*.json')
  assert.deepEqual(['a.csv', 'raw/b.json', 'c.txt', ''].map(matches), [true, true, false, false])
  assert.equal(antMatcher('')('a'), false)
})

test('a pattern with many stars is decided in steps that grow with the path, not with their combinations', () => {
  const deep = Array.from({ length: 400 }, () => 'a').join('/')
  assert.equal(antMatcher(`${'**/a/'.repeat(60)}b`)(deep), false)
  assert.equal(antMatcher(`${'*a'.repeat(60)}b`)('a'.repeat(4000)), false)
})
