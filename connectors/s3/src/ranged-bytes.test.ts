import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rangedBytes } from './ranged-bytes.ts'

const body = Buffer.from(Array.from({ length: 100 }, (_, index) => index))

test('ranges come in order whatever order they arrive in, and never more than allowed are under way', async () => {
  let underWay = 0
  let most = 0
  const read = async (from: number, length: number): Promise<Uint8Array> => {
    most = Math.max(most, ++underWay)
    for (let turn = from % 3; turn >= 0; turn--) await new Promise(setImmediate)
    underWay -= 1
    return body.subarray(from, from + length)
  }
  const chunks = await Array.fromAsync(rangedBytes(7, 100, 9, 4, read))
  assert.deepEqual(Buffer.concat(chunks), body.subarray(7))
  assert.equal(most, 4)
})

test('a consumer that stops asks for no further range', async () => {
  let asked = 0
  const read = async (): Promise<Uint8Array> => (asked++, body.subarray(0, 1))
  for await (const _ of rangedBytes(0, 100, 1, 2, read)) break
  assert.equal(asked, 2)
})

test('a range that fails ends the stretch when its turn comes, also when a later one failed before it', async () => {
  const read = async (from: number): Promise<Uint8Array> => {
    if (from === 3) throw new Error('range 3')
    await new Promise(setImmediate)
    if (from === 2) throw new Error('range 2')
    return body.subarray(from, from + 1)
  }
  await assert.rejects(Array.fromAsync(rangedBytes(0, 10, 1, 8, read)), /range 2/)
})
