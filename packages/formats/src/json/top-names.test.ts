import assert from 'node:assert/strict'
import { test } from 'node:test'
import { topNames } from './top-names.ts'

const namesIn = (text: string, records: number): string[] => [...topNames(Buffer.from(text), records)]

test('the names at the top of the first records', () => {
  const text = '{"a":{"x":1},"é\\n":"}{"}\n{"b":[{"y":2}]}\n{"c":1}'
  assert.deepEqual(namesIn(text, 1), ['a', 'é\n'])
  assert.deepEqual(namesIn(text, 2), ['a', 'é\n', 'b'])
  assert.deepEqual(namesIn(text, 9), ['a', 'é\n', 'b', 'c'])
})

test('what is no object, or too long to look at, has no names', () => {
  assert.deepEqual(namesIn('{"a":\n[{"b":1}]\nnull\n7\n\n', 9), [])
  assert.deepEqual(namesIn(`{"a":"${'x'.repeat(1 << 20)}"}\n{"b":1}\n`, 9), ['b'])
  assert.deepEqual(namesIn('', 1), [])
})
