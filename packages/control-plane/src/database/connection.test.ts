import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readInstant, readInt8 } from './connection.ts'

test('int8 is a number while that is exact, and text above', () => {
  assert.equal(readInt8('42'), 42)
  assert.equal(readInt8('-9007199254740991'), -9007199254740991)
  assert.equal(readInt8('9007199254740993'), '9007199254740993')
})

test('timestamptz is ISO 8601 UTC with milliseconds', () => {
  assert.equal(readInstant('2026-11-23 06:27:16.5+00'), '2026-11-23T06:27:16.500Z')
  assert.equal(readInstant('2026-11-23 06:27:16.123456+00'), '2026-11-23T06:27:16.123Z')
  assert.equal(readInstant('2026-11-23 06:27:16+00'), '2026-11-23T06:27:16.000Z')
  assert.equal(readInstant('infinity'), 'infinity')
})
