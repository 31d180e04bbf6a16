import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from '@leat/connector-kit'
import { attemptLimits, backoffSeconds } from './backoff.ts'

const fault = new Fault({ kind: 'transient', code: 'test.down', message: 'down' })
const bug = new Fault({ kind: 'bug', code: 'test.bug', message: 'bug' })
const limited = new Fault({ kind: 'rate_limited', code: 'test.busy', message: 'busy', retryAfterMs: 42_000 })

test('backoff doubles, up to half a minute for what may be back at any moment, to five minutes for a bug', () => {
  const waits = (of: Fault) => [1, 2, 3, 6, 9, 10, 100].map((attempt) => backoffSeconds(of, attempt, () => 0.5))
  assert.deepEqual(waits(fault), [1, 2, 4, 30, 30, 30, 30])
  assert.deepEqual(waits(bug), [1, 2, 4, 32, 256, 300, 300])
})

test('a run holds out for about 20 minutes', () => {
  const waits = Array.from({ length: attemptLimits.transient - 1 }, (_, index) =>
    backoffSeconds(fault, index + 1, () => 0.5),
  )
  const minutes = waits.reduce((sum, wait) => sum + wait, 0) / 60
  assert.ok(minutes > 18 && minutes < 22, String(minutes))
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
