import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inParallel } from './in-parallel.ts'

test('every item is worked on, at most the limit at a time', async () => {
  let running = 0
  let most = 0
  const seen: number[] = []
  await inParallel([0, 1, 2, 3, 4, 5, 6], 3, async (item, index) => {
    most = Math.max(most, ++running)
    await new Promise(setImmediate)
    seen.push(item - index)
    running -= 1
  })
  assert.deepEqual(seen, [0, 0, 0, 0, 0, 0, 0])
  assert.equal(most, 3)
})

test('after a failure nothing new begins, and what was under way has ended when it is thrown', async () => {
  const begun: number[] = []
  let ended = 0
  const work = inParallel([0, 1, 2, 3, 4, 5], 2, async (item) => {
    begun.push(item)
    await new Promise(setImmediate)
    ended += 1
    if (item === 0) throw new Error('first')
  })
  await assert.rejects(work, /first/)
  assert.equal(ended, begun.length)
  assert.ok(begun.length < 6, `began ${begun.length}`)
})
