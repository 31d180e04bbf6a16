import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashPassword, verifyPassword } from './passwords.ts'

test('a password verifies against its own hash only', async () => {
  const stored = await hashPassword('correct horse')
  assert.equal(await verifyPassword('correct horse', stored), true)
  assert.equal(await verifyPassword('correct horse ', stored), false)
  assert.equal(await verifyPassword('correct horse', 'not a hash'), false)
  assert.doesNotMatch(stored, /correct/)
})
