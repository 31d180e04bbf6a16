import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sourceCreate, accessorsRequest } from '@leat/contract'
import { ApiProblem } from './problem.ts'
import { validate } from './validation.ts'

function details(work: () => unknown): ApiProblem['extra']['details'] {
  try {
    work()
  } catch (thrown) {
    assert.ok(thrown instanceof ApiProblem)
    return thrown.extra.details
  }
  return assert.fail('nothing was refused')
}

test('a missing field says what is there instead', () => {
  assert.deepEqual(
    details(() => validate(sourceCreate, { name: 'x', source_typ: 's3' }, 'body')),
    [
      {
        field: 'source_type',
        nearest: 'source_typ',
        message: '"source_type" is missing (a text). There is "source_typ"; did you mean "source_type"?',
      },
    ],
  )
})

test('a wrong choice names the nearest one, at any depth', () => {
  const found = details(() =>
    validate(accessorsRequest, { accessors: [{ type: 'USER', id: 1, access_roles: ['operater'] }] }, 'body'),
  )
  assert.deepEqual(
    found?.map(({ field, value, nearest }) => ({ field, value, nearest })),
    [{ field: 'accessors.0.access_roles.0', value: 'operater', nearest: 'operator' }],
  )
})

test('a value below credentials is not repeated', () => {
  const found = details(() =>
    validate(sourceCreate, { name: 'x', source_type: 's3', data_credentials: 'my secret' }, 'body'),
  )
  assert.doesNotMatch(JSON.stringify(found), /my secret/)
  assert.equal(found?.[0]?.field, 'data_credentials')
})
