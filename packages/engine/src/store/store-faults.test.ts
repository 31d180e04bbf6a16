import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from '@leat/connector-kit'
import { asked, askedFor } from './store-faults.ts'

const never = new Promise<never>(() => undefined)
const codeOf = (code: string) => (error: unknown) => error instanceof Fault && error.code === code && error.retryable

test('PROMISE-STORE-AWAY: a store that is away or never answers is a fault that passes', async () => {
  await assert.rejects(asked(never, 1), codeOf('store.silent'))
  await assert.rejects(
    asked(Promise.reject(new Error('Unexpected (temporary) at write => connection reset'))),
    codeOf('store.unavailable'),
  )
  async function* stalls(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(1)
    await never
  }
  await assert.rejects(Array.fromAsync(askedFor(stalls(), 1)), codeOf('store.silent'))
})

test('what waiting does not change stays as it is, and an answer passes', async () => {
  await assert.rejects(asked(Promise.reject(new Error('PermissionDenied (permanent) at stat'))), /PermissionDenied/)
  assert.equal(await asked(Promise.resolve(7)), 7)
})
