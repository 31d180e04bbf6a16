import assert from 'node:assert/strict'
import { test } from 'node:test'
import { joinedOrigins } from './compact.ts'

test('origins of merged segments are shifted by the rows before them', () => {
  const joined = joinedOrigins([
    {
      rows: 5,
      origins: [
        { origin: 'a', row: 0, rows: 2, ordinal: 0 },
        { origin: 'b', row: 2, rows: 3, ordinal: 7 },
      ],
    },
    { rows: 1, origins: [{ origin: 'c', row: 0, rows: 1, ordinal: 0 }] },
  ])
  assert.deepEqual(joined, [
    { origin: 'a', row: 0, rows: 2, ordinal: 0 },
    { origin: 'b', row: 2, rows: 3, ordinal: 7 },
    { origin: 'c', row: 5, rows: 1, ordinal: 0 },
  ])
})

test('a file that was cut into segments is one stretch again, unless a record between them was refused', () => {
  const segment = (ordinal: number) => ({ rows: 2, origins: [{ origin: 'a', row: 0, rows: 2, ordinal }] })
  assert.deepEqual(joinedOrigins([segment(0), segment(2), segment(5)]), [
    { origin: 'a', row: 0, rows: 4, ordinal: 0 },
    { origin: 'a', row: 4, rows: 2, ordinal: 5 },
  ])
})

test('rows without a known origin stay without one', () => {
  const joined = joinedOrigins([
    { rows: 2, origins: [] },
    { rows: 1, origins: [{ origin: 'a', row: 0, rows: 1, ordinal: 0 }] },
  ])
  assert.deepEqual(joined, [{ origin: 'a', row: 2, rows: 1, ordinal: 0 }])
})
