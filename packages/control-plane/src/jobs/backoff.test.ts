import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from '@leat/connector-kit'
import { backoffSeconds } from './backoff.ts'

const fault = new Fault({ kind: 'transient', code: 'test.down', message: 'down' })
const limited = new Fault({ kind: 'rate_limited', code: 'test.busy', message: 'busy', retryAfterMs: 42_000 })

test('backoff doubles up to five minutes', () => {
  const waits = [1, 2, 3, 9, 10, 100].map((attempt) => backoffSeconds(fault, attempt, () => 0.5))
  assert.deepEqual(waits, [1, 2, 4, 256, 300, 300])
})

test('backoff jitters by a quarter either way', () => {
  assert.equal(
    backoffSeconds(fault, 3, () => 0),
    3,
  )
  assert.ok(backoffSeconds(fault, 3, () => 0.999) < 5)
})

test('backoff waits at least as long as the remote asked for', () => {
  assert.equal(
    backoffSeconds(limited, 1, () => 0.5),
    42,
  )
})
