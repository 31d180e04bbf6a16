import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stepClocks } from './clock-steps.ts'
import { findings } from './judge.ts'

test('PROMISE-CLOCK: a server and its workers whose clock is set an hour forward and back lose and double nothing, steal no lease, and keep the schedule', async (t) => {
  const { verdict, stolen, runsAfterStep } = await stepClocks()
  t.diagnostic(`${verdict.found} records found, runs after the steps: ${runsAfterStep.join(', ')}`)
  assert.deepEqual(findings(verdict), [])
  assert.equal(stolen, 0)
})
