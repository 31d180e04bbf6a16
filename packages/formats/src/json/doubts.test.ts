import assert from 'node:assert/strict'
import test from 'node:test'
import { decimal, schema, t } from '../testing/duckdb.ts'
import { Doubts } from './doubts.ts'

const exact = schema({ d: decimal(18, 2), f: t('DOUBLE') })
const noDecimal = schema({ i: t('BIGINT'), f: t('DOUBLE') })

/** In one chunk, and cut at every place, at every offset from a multiple of 4. */
function raises(text: string, types = exact): boolean {
  const found = new Set<boolean>()
  const bytes = Buffer.from(text)
  for (let cut = 0; cut <= bytes.length; cut++)
    for (const offset of [0, 1, 2, 3]) {
      const room = Buffer.alloc(bytes.length + offset)
      bytes.copy(room, offset)
      const whole = room.subarray(offset)
      const doubts = new Doubts(types)
      const first = doubts.raises(whole.subarray(0, cut))
      found.add(first || doubts.raises(whole.subarray(cut)))
    }
  assert.equal(found.size, 1, `${text} is judged differently in pieces`)
  return found.has(true)
}

test('a comma before a bracket is found wherever the text is cut', () => {
  for (const text of ['{"a":1,}\n', '{"a":[1,],"b":2}\n', '{"a":{"b":1 ,\t},"c":1}\n', '{"aaaaaaaa":"x" , }\n'])
    assert.equal(raises(`{"b":1}\n${text}`), true, text)
  for (const text of ['{"a":[1,2],"b":{}}\n', '{"a":[],"b":"x,y"}\n'])
    assert.equal(raises(`{"b":1}\n${text}`), false, text)
})

test('a comma and a bracket inside of a text are none, where the line is whole', () => {
  const doubts = new Doubts(exact)
  assert.equal(doubts.raises(Buffer.from('{"a":1}\n{"regex":"[a-z]{2,}"}\n{"a":1}\n')), false)
})

test('a number with more digits than binary64 holds is found where decimals are kept', () => {
  const beyond = [
    '0.10000000000000001',
    '0.1000000000000000055511',
    '12345678901234567890.5',
    '9007199254740993.5',
    '1.0000000000000000001e2',
  ]
  for (const number of beyond) {
    assert.equal(raises(`{"b":1}\n{"d":${number},"e":"x"}\n`), true, number)
    assert.equal(raises(`{"b":1}\n{"d":${number},"e":"x"}\n`, noDecimal), false, number)
  }
  const fine = [
    '13.404953999999975',
    '0.30000000000000004',
    '1.10',
    '12345678901234567890',
    '100000000000000000.0',
    '1.7976931348623157',
  ]
  for (const number of fine)
    assert.equal(raises(`{"b":1}\n{"d":${number},"e":"10.0.0.1.22.33.44.55"}\n`), false, number)
})
