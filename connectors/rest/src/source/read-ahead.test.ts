import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readAhead } from './read-ahead.ts'

const megabyte = 1 << 20

test('values come in order, those before a failure too', async () => {
  const seen: number[] = []
  async function* failing() {
    yield 1
    yield 2
    throw new Error('gone')
  }
  await assert.rejects(async () => {
    for await (const value of readAhead(failing(), () => 1)) seen.push(value)
  }, /gone/)
  assert.deepEqual(seen, [1, 2])
})

test('no more than 8 MB are fetched before they are used, and the source is closed when nobody reads on', async () => {
  let fetched = 0
  let closed = false
  const filled = Promise.withResolvers<void>()
  async function* source() {
    try {
      for (;;) {
        if (++fetched === 9) filled.resolve()
        yield fetched
      }
    } finally {
      closed = true
    }
  }
  for await (const value of readAhead(source(), () => megabyte)) {
    assert.equal(value, 1)
    await filled.promise
    await new Promise((resolve) => setImmediate(resolve))
    break
  }
  assert.equal(fetched, 9, 'the one in use, and eight that wait')
  assert.ok(closed)
})

test('values larger than that come one after the other', async () => {
  async function* source() {
    yield* [1, 2, 3]
  }
  assert.deepEqual(await Array.fromAsync(readAhead(source(), () => 100 * megabyte)), [1, 2, 3])
})
