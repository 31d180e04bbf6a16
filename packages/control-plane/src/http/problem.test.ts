import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault, faultKinds } from '@leat/connector-kit'
import { problems } from '@leat/contract'
import { problemBody, toProblem } from './problem.ts'

const fault = (kind: (typeof faultKinds)[number]) =>
  new Fault({ kind, code: `test.${kind}`, message: 'what to do', retryAfterMs: 1500 })

test('each kind of fault has one status, in a probe and elsewhere', () => {
  const statuses = faultKinds.map((kind) => [
    kind,
    problems[toProblem(fault(kind), 'probe').problem].status,
    problems[toProblem(fault(kind)).problem].status,
  ])
  assert.deepEqual(statuses, [
    ['config', 400, 400],
    ['auth', 403, 403],
    ['not_found', 404, 404],
    ['data', 400, 400],
    ['unsupported', 400, 400],
    ['rate_limited', 429, 429],
    ['transient', 400, 503],
    ['fenced', 409, 409],
    ['cancelled', 503, 503],
    ['bug', 500, 500],
  ])
})

test('the envelope has what the public client reads, and a bug has no message of its own', () => {
  const body = problemBody(toProblem(fault('rate_limited')), 'r-1')
  assert.deepEqual(
    [body.message, body.error_code, body.request_id, body.fault_code, body.retry_after, body.status],
    ['what to do', 'RATE_001', 'r-1', 'test.rate_limited', 2, 429],
  )
  assert.doesNotMatch(JSON.stringify(problemBody(toProblem(new Error('secret of ours')), 'r-1')), /secret of ours/)
  assert.doesNotMatch(JSON.stringify(problemBody(toProblem(fault('bug')), 'r-1')), /what to do/)
})
