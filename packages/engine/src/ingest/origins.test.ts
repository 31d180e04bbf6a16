import assert from 'node:assert/strict'
import { test } from 'node:test'
import { originsWithout } from './origins.ts'

const origins = [
  { origin: 'a', row: 0, rows: 3, ordinal: 10 },
  { origin: 'b', row: 3, rows: 4, ordinal: 0 },
]

test('no refused record leaves the ranges as they are', () => {
  assert.deepEqual(originsWithout(origins, []), origins)
})

test('every remaining row still knows its record', () => {
  const all = origins.flatMap(({ origin, rows, ordinal }) =>
    Array.from({ length: rows }, (_, k) => `${origin}${ordinal + k}`),
  )
  for (let mask = 0; mask < 1 << all.length; mask++) {
    const refused = all.map((_, index) => index).filter((index) => mask & (1 << index))
    const expected = all.filter((_, index) => !refused.includes(index))
    const kept = originsWithout(origins, refused)
    const found: string[] = []
    for (const { origin, row, rows, ordinal } of kept)
      for (let k = 0; k < rows; k++) found[row + k] = `${origin}${ordinal + k}`
    assert.deepEqual(found, expected)
  }
})
