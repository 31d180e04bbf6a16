import assert from 'node:assert/strict'
import test from 'node:test'
import { LongNumbers } from './long-numbers.ts'

/** In one chunk, and cut at every place, at every offset from a multiple of 4. */
function raises(text: string): boolean {
  const found = new Set<boolean>()
  const bytes = Buffer.from(text)
  for (let cut = 0; cut <= bytes.length; cut++)
    for (const offset of [0, 1, 2, 3]) {
      const room = Buffer.alloc(bytes.length + offset)
      bytes.copy(room, offset)
      const whole = room.subarray(offset)
      const numbers = new LongNumbers()
      const first = numbers.raises(whole.subarray(0, cut))
      found.add(first || numbers.raises(whole.subarray(cut)))
    }
  assert.equal(found.size, 1, `${text} is judged differently in pieces`)
  return found.has(true)
}

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
