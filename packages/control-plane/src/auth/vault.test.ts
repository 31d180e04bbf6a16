import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { vaultOf } from './vault.ts'

const vault = vaultOf(randomBytes(32))

test('what was sealed opens again, and two seals of the same differ', () => {
  const [one, two] = [
    vault.seal('a', { key: 'välue', nested: { n: 1 } }),
    vault.seal('a', { key: 'välue', nested: { n: 1 } }),
  ]
  assert.deepEqual(vault.open('a', one), { key: 'välue', nested: { n: 1 } })
  assert.notDeepEqual(one, two)
  assert.equal(one.includes('välue'), false)
})

test('PROMISE-SEALED: another purpose, another key, a changed byte or an unknown version does not open', () => {
  const sealed = vault.seal('a', { key: 1 })
  const changed = Buffer.from(sealed)
  changed[changed.length - 1]! ^= 1
  const newer = Buffer.from(sealed)
  newer[0] = 9
  const code = { code: 'vault.unreadable' }
  assert.throws(() => vault.open('b', sealed), code)
  assert.throws(() => vault.open('a', changed), code)
  assert.throws(() => vault.open('a', newer), /envelope version 9/)
  assert.throws(() => vaultOf(randomBytes(32)).open('a', sealed), /another master key/)
})

test('fingerprints are equal for equal texts under one key only', () => {
  assert.deepEqual(vault.fingerprint('x'), vault.fingerprint('x'))
  assert.notDeepEqual(vault.fingerprint('x'), vault.fingerprint('y'))
  assert.notDeepEqual(vault.fingerprint('x'), vaultOf(randomBytes(32)).fingerprint('x'))
})
