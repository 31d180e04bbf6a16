import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDecoder } from '@leat/formats'
import { runsOf } from './runs-of.ts'

const decoder = await openDecoder({ format: 'json', compression: 'none', archive: 'none' }, {}, new Uint8Array())
const runs = (text: string): string[] =>
  [...runsOf(Buffer.from(text), decoder)].map((run) => Buffer.from(run).toString())

test('a text is cut where the names at the top change', () => {
  const [one, two, other] = ['{"a":1,"b":{"c":1}}\n', '{"a":2,"b":3}\n', '{"c":1}\n']
  assert.deepEqual(runs(`${one}${two}${other}${other}${one}`), [one + two, other + other, one])
  assert.deepEqual(runs(one), [one])
  assert.deepEqual(runs(''), [])
})

test('what is no record is a piece of its own, and nothing is lost', () => {
  const text = '{"a":1}\nbroken\n[1]\n{"a":2}\n{"a":3}'
  assert.deepEqual(runs(text), ['{"a":1}\n', 'broken\n[1]\n', '{"a":2}\n{"a":3}'])
})
