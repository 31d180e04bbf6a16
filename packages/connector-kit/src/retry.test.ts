import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../conformance/fake-clock.ts'
import { Fault, type FaultInit } from './faults.ts'
import { retry } from './retry.ts'

function fault(kind: FaultInit['kind'], retryAfterMs?: number): Fault {
  return new Fault({
    kind,
    code: 'test.fault',
    message: 'test',
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
}

/** Work that fails with each of these in turn, then answers. */
function failing(...faults: readonly unknown[]): { calls: () => number; work: () => Promise<string> } {
  let calls = 0
  const work = async () => {
    const next = faults[calls++]
    if (next !== undefined) throw next
    return 'done'
  }
  return { calls: () => calls, work }
}

test('waits grow, are cut at random, and stay below the cap', async () => {
  const clock = new FakeClock(1)
  const { work } = failing(...Array.from({ length: 5 }, () => fault('transient')))
  assert.equal(await retry(work, { clock, policy: { attempts: 6, baseMs: 100, capMs: 500 } }), 'done')
  assert.deepEqual(clock.slept, [100, 200, 400, 500, 500])
  const low = new FakeClock(0.25)
  await retry(failing(fault('transient')).work, { clock: low, policy: { baseMs: 100 } })
  assert.deepEqual(low.slept, [25])
})

test('what the remote side asks for is waited, with jitter on top', async () => {
  const clock = new FakeClock(0.5)
  await retry(failing(fault('rate_limited', 3_000)).work, { clock, policy: { baseMs: 100 } })
  assert.deepEqual(clock.slept, [3_050])
})

test('only retryable faults are tried again, and come out as they are', async () => {
  for (const thrown of [fault('auth'), fault('bug'), fault('fenced'), new TypeError('oops')]) {
    const { work, calls } = failing(thrown)
    await assert.rejects(retry(work, { clock: new FakeClock() }), (error) => error === thrown)
    assert.equal(calls(), 1)
  }
})

test('attempts end, and the last fault is thrown', async () => {
  const last = fault('transient')
  const { work, calls } = failing(fault('transient'), fault('transient'), last, fault('transient'))
  await assert.rejects(retry(work, { clock: new FakeClock(), policy: { attempts: 3 } }), (error) => error === last)
  assert.equal(calls(), 3)
})

test('a wait that does not fit into the budget is not begun', async () => {
  const clock = new FakeClock()
  const { work, calls } = failing(fault('rate_limited', 3_600_000))
  await assert.rejects(retry(work, { clock, policy: { budgetMs: 60_000 } }))
  assert.deepEqual([calls(), clock.slept], [1, []])
})

test('an abort ends the waiting, with the reason of the signal', async () => {
  const abort = new AbortController()
  const reason = new Error('stop')
  const { work, calls } = failing(fault('transient'), fault('transient'))
  const waiting = retry(work, {
    signal: abort.signal,
    policy: { baseMs: 1e9, capMs: 1e9, budgetMs: 1e12 },
    onRetry: () => abort.abort(reason),
  })
  await assert.rejects(waiting, (error) => error === reason)
  assert.equal(calls(), 1)
})

test('an aborted signal begins nothing', async () => {
  const { work, calls } = failing()
  await assert.rejects(retry(work, { signal: AbortSignal.abort() }), { name: 'AbortError' })
  assert.equal(calls(), 0)
})
