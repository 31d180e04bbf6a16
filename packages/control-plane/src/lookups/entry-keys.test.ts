import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiProblem } from '../http/problem.ts'
import { byKey, readEntryKeys } from './entry-keys.ts'

test('keys have commas between, and an asterisk stands for any text', () => {
  assert.deepEqual(readEntryKeys('a'), { exact: ['a'], patterns: [] })
  assert.deepEqual(readEntryKeys('a,b,a,,c d'), { exact: ['a', 'b', 'c d'], patterns: [] })
  assert.deepEqual(readEntryKeys('ORD001_*,*_4,x'), { exact: ['x'], patterns: ['ORD001\\_%', '%\\_4'] })
  assert.deepEqual(readEntryKeys('*'), { exact: [], patterns: ['%'] })
})

test('what LIKE would read otherwise is taken as it is', () => {
  assert.deepEqual(readEntryKeys('50%_\\*'), { exact: ['50%_*'], patterns: [] })
  assert.deepEqual(readEntryKeys('50%_*'), { exact: [], patterns: ['50\\%\\_%'] })
})

test('a backslash takes the meaning of a comma, an asterisk and a backslash away, and is itself otherwise', () => {
  assert.deepEqual(readEntryKeys('a\\,b,c\\*'), { exact: ['a,b', 'c*'], patterns: [] })
  assert.deepEqual(readEntryKeys('C:\\x\\\\,y'), { exact: ['C:\\x\\', 'y'], patterns: [] })
  assert.deepEqual(readEntryKeys('C:\\x*'), { exact: [], patterns: ['C:\\\\x%'] })
})

test('no key, and more patterns than are looked for at once, are refused', () => {
  for (const keys of [',', ',,', Array.from({ length: 101 }, (_, n) => `${n}*`).join(',')])
    assert.throws(() => readEntryKeys(keys), ApiProblem)
})

test('a key is a text, a number or a boolean; of two entries with the same key the later one counts', () => {
  const entries = [{ id: 'a', n: 1 }, { id: 7 }, { id: true }, { id: 'a', n: 2 }, { id: 1.5 }]
  assert.deepEqual(
    [...byKey(entries, 'id', 'entries')],
    [
      ['a', { id: 'a', n: 2 }],
      ['7', { id: 7 }],
      ['true', { id: true }],
      ['1.5', { id: 1.5 }],
    ],
  )
})

function problemsOf(entry: Record<string, unknown>): string {
  try {
    byKey([{ id: 'good' }, entry], 'id', 'entries')
  } catch (thrown) {
    return (thrown as ApiProblem).message
  }
  return 'none'
}

test('an entry that cannot be kept is refused with its place, its value and what would do', () => {
  assert.match(problemsOf({}), /"entries\.1" is not valid: the key of an entry, in the field "id", is a text/)
  assert.match(problemsOf({ id: null }), /"entries\.1\.id" is null: the key of an entry/)
  assert.match(problemsOf({ id: ['a'] }), /"entries\.1\.id" is \["a"\]/)
  assert.match(problemsOf({ id: '' }), /"entries\.1\.id" is "": a key must not be empty/)
  assert.match(problemsOf({ id: 'ä'.repeat(600) }), /at most 1024 bytes in UTF-8, and this one 1200/)
  assert.match(problemsOf({ id: 'a', text: 'x'.repeat(20_000) }), /an entry has at most 16384 bytes, and this one 20/)
  assert.match(problemsOf({ id: 'a', deep: [{ n: 2 ** 53 }] }), /beyond 2\^53.*send it as a text/)
  assert.match(problemsOf({ id: 1e21 }), /beyond 2\^53/)
  assert.equal(problemsOf({ id: Number.MAX_SAFE_INTEGER, price: 0.1234567890123456 }), 'none')
})

test('of very many wrong entries the first ten are named', () => {
  const wrong = Array.from({ length: 1000 }, () => ({}))
  assert.throws(
    () => byKey(wrong, 'id', 'entries'),
    (thrown: ApiProblem) => thrown.extra.details?.length === 10,
  )
})
