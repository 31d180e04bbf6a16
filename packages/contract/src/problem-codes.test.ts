import assert from 'node:assert/strict'
import { test } from 'node:test'
import { problems } from './problem-codes.ts'

test('problem codes are unique, and every problem says what to do next', () => {
  const all = Object.values(problems)
  assert.equal(new Set(all.map((problem) => problem.code)).size, all.length)
  for (const problem of all) assert.match(problem.next, /\.$/, problem.code)
})

test('a wrong request is never answered with 422: the Python client takes that for a failure of the server', () => {
  for (const problem of Object.values(problems)) assert.notEqual(problem.status, 422)
})
