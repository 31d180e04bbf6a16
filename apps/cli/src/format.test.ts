import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytes, cell, count, relativeTime, seconds } from './format.ts'

test('numbers, sizes and times read well', () => {
  assert.equal(count(1426771), '1,426,771')
  assert.deepEqual([0, 999, 1000, 360390190].map(bytes), ['0 B', '999 B', '1.0 kB', '360.4 MB'])
  assert.deepEqual([340, 59_900, 61_000, 7_320_000].map(seconds), ['0.3 s', '59.9 s', '1 min 1 s', '2 h 2 min'])
  const now = Date.parse('2026-11-30T12:00:00Z')
  assert.equal(relativeTime('2026-11-30T11:57:00Z', now), '3 min 0 s ago')
  assert.equal(relativeTime('2026-11-30T12:00:20Z', now), 'in 20 s')
})

test('a cell is one line, cut, and sends no control characters to the terminal', () => {
  assert.equal(cell('a\nb\u001b[2J\u0007'), 'a\\nb\\e[2J·')
  assert.equal(cell('x'.repeat(100), 5), 'xxxx…')
  assert.equal(cell({ a: [1] }), '{"a":[1]}')
  assert.equal(cell(9007199254740993n), '9007199254740993')
  assert.equal(cell(null), '')
})
