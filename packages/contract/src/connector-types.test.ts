import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CredentialType, DestinationType, SourceType } from './connector-types.ts'

test('the constants have as many names as the public client', () => {
  assert.equal(Object.keys(SourceType).length, 28)
  assert.equal(Object.keys(DestinationType).length, 55)
  assert.equal(Object.keys(CredentialType).length, 52)
})

test('a constant is the upper-case form of its value', () => {
  for (const [name, value] of Object.entries({ ...SourceType, ...DestinationType, ...CredentialType }))
    assert.equal(name, value.toUpperCase())
})
