import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EngineFlow, upTo, type RunSettings } from './engine-fixture.ts'
import { workInProcess, type Order } from './killed-process.ts'

/* Records of several shapes that follow each other in one object, as those of webhooks do: each goes into the nexset of its shape. */

const options = { mixed_shapes: true }
/** Nothing is cut because of the time that it takes. */
const large = { bytes: 128 << 20, sampleBytes: 1 << 16 }
const order = (id: number): string => JSON.stringify({ id, total: id / 4, ...(id % 3 === 0 ? { note: 'n' } : {}) })
const person = (id: number): string => JSON.stringify({ person: id, city: 'Basel', zip: '4000' })
const isBroken = (line: number): boolean => line % 5 === 3
const isOrder = (line: number): boolean => line % 2 === 0

/** Orders and persons in turn; a line in five is broken. */
const lines = (from: number, count: number): string =>
  upTo(count, from)
    .map((line) => `${isBroken(line) ? 'broken' : isOrder(line) ? order(line) : person(line)}\n`)
    .join('')

/** Every record of the one object is there once, in the nexset of its shape, in order and with its own origin. */
async function assertWhole(flow: EngineFlow, count: number): Promise<void> {
  const [orders, people, ...more] = [...flow.ledger.nexsets.keys()]
  assert.deepEqual(more, [])
  const good = upTo(count).filter((line) => !isBroken(line))
  for (const [nexset, field, wanted] of [
    [orders, 'id', good.filter(isOrder)],
    [people, 'person', good.filter((line) => !isOrder(line))],
  ] as const)
    assert.deepEqual(
      (await flow.records(nexset)).map(({ record, origin, ordinal }) => [Number(record[field]), origin, ordinal]),
      wanted.map((line) => [line, 'in/a.json', line]),
    )
  const broken = upTo(count).filter(isBroken)
  assert.deepEqual(
    (await flow.refused()).map(({ ordinal, raw }) => [ordinal, Buffer.from(raw).toString().trim()]),
    broken.map((line) => [line, 'broken']),
  )
  const [written, refused] = [good.length, broken.length]
  assert.deepEqual(flow.counts(), { read: written + refused, written, filtered: 0, refused })
  assert.equal((await flow.lease(options)).length, 0)
}

test('PROMISE-NEXSETS: records of several shapes in one object go into a nexset each, in one commit', async () => {
  await using flow = await EngineFlow.create()
  await flow.put('a.json', lines(0, 200))
  await flow.run({ options: { ...options, chunk_bytes: 100 }, limits: large })
  await assertWhole(flow, 200)
  assert.equal(flow.ledger.metrics.length, 1)
})

test('the nexset that a source has before its first record is that of the first shape', async () => {
  await using flow = await EngineFlow.create()
  flow.ledger.addNexset('first')
  await flow.put('a.json', lines(0, 20))
  await flow.run({ options })
  await assertWhole(flow, 20)
})

test('schema.detection.once keeps them in one nexset', async () => {
  await using flow = await EngineFlow.create()
  await flow.put('a.json', `${order(1)}\n${person(2)}\n${order(3)}\n`)
  await flow.run({ options: { ...options, 'schema.detection.once': true } })
  assert.equal(flow.ledger.nexsets.size, 1)
  assert.equal((await flow.records()).length, 3)
})

test('objects whose records are of one shape are not looked at record by record', async () => {
  await using flow = await EngineFlow.create()
  await flow.put('a.json', `${order(1)}\n${person(2)}\n${order(3)}\n`)
  await flow.run()
  assert.equal(flow.ledger.nexsets.size, 1)
})

test('what changes its shape very often is cut into several commits', async () => {
  await using flow = await EngineFlow.create()
  const count = 24_000
  const text = upTo(count).map((line) => `${isOrder(line) ? `{"id":${line},"n":1}` : `{"person":${line},"c":"b"}`}\n`)
  await flow.put('a.json', text.join(''))
  await flow.run({ options, limits: large })
  const [orders, people, ...more] = [...flow.ledger.nexsets.keys()]
  assert.deepEqual(more, [])
  assert.equal(flow.ledger.metrics.length, 3)
  for (const [nexset, field, odd] of [
    [orders, 'id', 0],
    [people, 'person', 1],
  ] as const)
    assert.deepEqual(
      (await flow.records(nexset)).map(({ record, ordinal }) => [Number(record[field]), ordinal]),
      upTo(count / 2).map((n) => [n * 2 + odd, n * 2 + odd]),
    )
})

/** A few records make a stretch. */
const small: RunSettings = { options, limits: { bytes: 150, sampleBytes: 1 << 16 } }
const deaths: readonly [string, Pick<Order, 'death' | 'failures'>][] = [
  ['before its third commit', { death: { when: 'before', call: 'commitIngest', nth: 3 } }],
  ['after its third commit', { death: { when: 'after', call: 'commitIngest', nth: 3 } }],
]

for (const [when, death] of deaths)
  test(`PROMISE-NEXSETS: a worker that is killed ${when} loses and doubles nothing of records of several shapes`, async () => {
    await using begun = await EngineFlow.create()
    await begun.put('a.json', lines(0, 100))
    const ended = await workInProcess({ folder: begun.folder, work: 'ingest', nexset: 0, ...small, ...death })
    assert.equal(ended.signal, 'SIGKILL', ended.stderr)
    const flow = await begun.reopened()
    assert.ok(flow.ledger.metrics.length < 5, 'it died before the end')
    await flow.run(small)
    await assertWhole(flow, 100)
    assert.ok(flow.ledger.metrics.length > 5, `${flow.ledger.metrics.length} commits`)
    await flow.compute[Symbol.asyncDispose]()
  })
