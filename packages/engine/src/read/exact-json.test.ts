import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseExactly } from './exact-json.ts'

test('PROMISE-SAMPLES-EXACT: numbers that a double cannot hold leave as they came', () => {
  for (const text of [
    '{"a":9007199254740993,"b":[-9223372036854775808,{"c":12345678901234567890123456789012345678}]}',
    '{"a":0.1234567890123456789,"b":1e400}',
    '[9007199254740993]',
  ])
    assert.equal(JSON.stringify(parseExactly(text)), text)
})

test('a number that a double does hold is a number, however it is written', () => {
  const value = parseExactly(
    '{"a":9007199254740992,"b":1.10,"c":1E3,"d":0.000000000000000000,"e":1.0e-7,"f":"9007199254740993"}',
  )
  assert.deepEqual(value, { a: 2 ** 53, b: 1.1, c: 1000, d: 0, e: 1e-7, f: '9007199254740993' })
})

test('what JSON has no number for is text', () => {
  assert.deepEqual(parseExactly('{"a":NaN,"b":[-Infinity,Infinity],"c":"NaN \\" Infinity"}'), {
    a: 'NaN',
    b: ['-Infinity', 'Infinity'],
    c: 'NaN " Infinity',
  })
})

test('the longest doubles are numbers', () => {
  for (const number of [Number.MAX_VALUE, Number.MIN_VALUE, 0.1 + 0.2, -1 / 3, 2 ** 70])
    assert.deepEqual(parseExactly(`[${number}]`), [number])
})
