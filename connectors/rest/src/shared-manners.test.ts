import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault, type JsonObject, type SharedState } from '@leat/connector-kit'
import { localManners } from './manners.ts'
import { sharedManners } from './shared-manners.ts'

function sharedOnce(): SharedState & { readonly state: () => JsonObject | null } {
  let state: JsonObject | null = null
  let tail: Promise<unknown> = Promise.resolve()
  return {
    state: () => state,
    read: async () => state,
    change: (change) => {
      const turn = tail.then(async () => (state = await change(state)))
      tail = turn.catch(() => undefined)
      return turn
    },
  }
}

const never = new AbortController().signal

test('two workers share one pace: their turns together are no more than the limit', async () => {
  const shared = sharedOnce()
  const workers = [1, 2].map(() => sharedManners(localManners(undefined), shared, 100))
  const begun = Date.now()
  const times: number[] = []
  await Promise.all(
    workers.map(async (worker) => {
      for (let n = 0; n < 25; n++) {
        await worker.turn(never)
        times.push(Date.now())
      }
    }),
  )
  // 50 turns a second apart by 10 ms: the last cannot come before 490 ms, however slow the machine is.
  assert.equal(times.length, 50)
  assert.ok(Math.max(...times) - begun >= 450, `${Math.max(...times) - begun} ms`)
})

test('a silence that one worker was asked for is told to all', async () => {
  const shared = sharedOnce()
  const one = sharedManners(localManners(undefined), shared, undefined)
  const told = Date.now()
  one.refused(new Fault({ kind: 'rate_limited', code: 'http.too_many_requests', message: 'slow', retryAfterMs: 300 }))
  await shared.change(async (state) => state ?? {})
  const two = sharedManners(localManners(undefined), shared, undefined)
  await two.turn(never)
  assert.ok(Date.now() - told >= 299)
  assert.ok(Number(shared.state()?.['quiet_until']) >= told + 300)
})

for (const headers of [
  { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '0.3' },
  { ratelimit: '"default";r=0;t=0.3' },
  { ratelimit: 'limit=10, remaining=0, reset=0.3' },
])
  test(`a limit that ${JSON.stringify(headers)} says is used up holds for all workers, until its window ends`, async () => {
    const shared = sharedOnce()
    const one = sharedManners(localManners(undefined), shared, undefined)
    const told = Date.now()
    for (let answer = 0; answer < 5; answer++) one.learn(headers)
    await shared.change(async (state) => state ?? {})
    const two = sharedManners(localManners(undefined), shared, undefined)
    await two.turn(never)
    assert.ok(Date.now() - told >= 299)
    assert.ok(Number(shared.state()?.['quiet_until']) >= told + 300)
  })

test('an answer with calls left asks nobody to wait', async () => {
  const shared = sharedOnce()
  sharedManners(localManners(undefined), shared, undefined).learn({
    'x-ratelimit-remaining': '7',
    'x-ratelimit-reset': '60',
  })
  await shared.change(async (state) => state ?? {})
  assert.equal(shared.state()?.['quiet_until'], undefined)
})
