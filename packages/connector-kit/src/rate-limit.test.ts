import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../conformance/fake-clock.ts'
import { RateLimiter } from './rate-limit.ts'

test('a burst goes through, then calls come at the rate', async () => {
  const clock = new FakeClock()
  const limiter = new RateLimiter({ perSecond: 10, burst: 2 }, clock)
  for (let call = 0; call < 5; call++) await limiter.take('host')
  assert.deepEqual(clock.slept, [100, 100, 100])
})

test('each key has its own bucket, which fills up to the burst only', async () => {
  const clock = new FakeClock()
  const limiter = new RateLimiter({ perSecond: 1, burst: 1 }, clock)
  await limiter.take('a')
  await limiter.take('b')
  assert.deepEqual(clock.slept, [])
  clock.advance(60_000)
  await limiter.take('a')
  await limiter.take('a')
  assert.deepEqual(clock.slept, [1_000])
})

test('callers get their turn in the order in which they came', async () => {
  const limiter = new RateLimiter({ perSecond: 10, burst: 1 }, new FakeClock())
  const order: number[] = []
  await Promise.all([0, 1, 2, 3].map((caller) => limiter.take('host').then(() => order.push(caller))))
  assert.deepEqual(order, [0, 1, 2, 3])
})

test('one who gives up takes nothing and holds nobody up', async () => {
  const clock = new FakeClock()
  const limiter = new RateLimiter({ perSecond: 10, burst: 1 }, clock)
  const abort = new AbortController()
  const first = limiter.take('host')
  const second = limiter.take('host', abort.signal)
  const third = limiter.take('host')
  abort.abort()
  await assert.rejects(second, { name: 'AbortError' })
  await Promise.all([first, third])
  assert.deepEqual(clock.slept, [100])
})

test('headers of an answer slow down: Retry-After, RateLimit, X-RateLimit in all their times', async () => {
  const now = 1_800_000_000_000
  const cases: readonly [Record<string, string>, number][] = [
    [{ 'retry-after': '7' }, 7_000],
    [{ 'retry-after': new Date(now + 9_000).toUTCString() }, 9_000],
    [{ ratelimit: 'limit=10, remaining=0, reset=5' }, 5_000],
    [{ ratelimit: 'limit=10;w=60, remaining=0, reset=5' }, 5_000],
    [{ ratelimit: '"default";r=0;t=6' }, 6_000],
    [{ ratelimit: '"daily";r=0;t=8, "burst";r=9;t=5' }, 8_000],
    [{ ratelimit: '"burst";r=0;t=2, "daily";r=0;t=8' }, 8_000],
    [{ ratelimit: '"burst";r=9;t=5, "daily";r=3;t=600' }, 0],
    [{ 'ratelimit-remaining': '0', 'ratelimit-reset': '4' }, 4_000],
    [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(now / 1000 + 3) }, 3_000],
    [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(now + 2_000) }, 2_000],
    [{ 'x-ratelimit-remaining': '1', 'x-ratelimit-reset': '99' }, 0],
    [{ 'retry-after': 'soon' }, 0],
    [{}, 0],
  ]
  for (const [headers, expected] of cases) {
    const clock = new FakeClock()
    const limiter = new RateLimiter({ perSecond: 100, burst: 10 }, clock)
    limiter.learn('host', headers, now)
    await limiter.take('host')
    assert.deepEqual(clock.slept, expected === 0 ? [] : [expected], JSON.stringify(headers))
  }
})
