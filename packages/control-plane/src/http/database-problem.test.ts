import assert from 'node:assert/strict'
import { test } from 'node:test'
import { problems } from '@leat/contract'
import { toProblem } from './problem.ts'

const failure = (code: string | undefined, message = 'x') =>
  Object.assign(new Error(message), code === undefined ? {} : { code })

test('what the database says becomes an answer that a person can act on', () => {
  const statusOf = (thrown: Error) => problems[toProblem(thrown).problem].status
  assert.equal(statusOf(failure('22P05')), 400)
  assert.equal(statusOf(failure('23503')), 409)
  assert.equal(statusOf(failure('53100')), 503)
  assert.match(toProblem(failure('53100')).message, /disk .* is full/)
  assert.equal(statusOf(failure('ECONNREFUSED')), 503)
  assert.equal(statusOf(failure(undefined, 'Connection terminated unexpectedly')), 503)
  assert.equal(statusOf(failure('42601', 'syntax error at or near "form"')), 500)
})
