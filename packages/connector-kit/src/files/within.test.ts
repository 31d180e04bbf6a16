import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import { Fault } from '../faults.ts'
import { within } from './within.ts'

const never = new Promise<never>(() => undefined)
const idle = { ms: 1, onIdle: () => new Fault({ kind: 'transient', code: 'x.timeout', message: 'silent' }) }

test('work that ends gives its result and leaves no listener', async () => {
  const { signal } = new AbortController()
  assert.equal(await within(Promise.resolve(7), signal), 7)
  assert.equal(getEventListeners(signal, 'abort').length, 0)
})

test('an aborted signal ends the wait, before it and during it', async () => {
  await assert.rejects(within(never, AbortSignal.abort()), { kind: 'cancelled' })
  const abort = new AbortController()
  const waiting = within(never, abort.signal)
  abort.abort()
  await assert.rejects(waiting, { kind: 'cancelled' })
})

test('silence ends the wait with the given fault', async () => {
  await assert.rejects(within(never, new AbortController().signal, idle), { code: 'x.timeout' })
})

test('the failure of the work is passed on', async () => {
  await assert.rejects(within(Promise.reject(new Error('broken')), new AbortController().signal), /broken/)
})
