import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '@leat/connector-kit'
import { EngineFlow, upTo, type RunSettings } from './engine-fixture.ts'
import { workInProcess, type Order } from './killed-process.ts'

/* Files of different shapes whose names alternate: a segment for each shape, not for each file. */

const ways = {
  json: {
    order: (id: number) => `${JSON.stringify({ id, total: id / 4 })}\n`,
    person: (id: number) => `${JSON.stringify({ person: id, city: 'Basel', zip: '4000' })}\n`,
    file: (records: readonly string[]) => records.join(''),
  },
  csv: {
    order: (id: number) => `${id},${id / 4}\n`,
    person: (id: number) => `${id},Basel,CH-4000\n`,
    file: (records: readonly string[], kind: 'order' | 'person') =>
      `${kind === 'order' ? 'id,total' : 'person,city,zip'}\n${records.join('')}`,
  },
}

/** Two records of the one shape in files with an even number, two of the other in the others. A file in five has a broken line between them. */
async function putAlternating(flow: EngineFlow, format: keyof typeof ways, files: readonly number[]): Promise<void> {
  const way = ways[format]
  for (const number of files) {
    const kind = number % 2 === 0 ? 'order' : 'person'
    const [one, two] = [way[kind](number * 2), way[kind](number * 2 + 1)]
    const records = isBroken(number) ? [one, 'broken\n', two] : [one, two]
    await flow.put(nameOf(number, format), way.file(records, kind))
  }
}

const isBroken = (number: number): boolean => number % 5 === 3
const nameOf = (number: number, format: string): string => `${String(number).padStart(2, '0')}.${format}`

/** Every record of these files is there once, in the nexset of its shape, in the order of the files and with its own origin. */
async function assertWhole(flow: EngineFlow, format: keyof typeof ways, files: readonly number[]): Promise<void> {
  const [orders, people, ...more] = [...flow.ledger.nexsets.keys()]
  assert.deepEqual(more, [])
  for (const [nexset, field, odd] of [
    [orders, 'id', 0],
    [people, 'person', 1],
  ] as const)
    assert.deepEqual(
      (await flow.records(nexset)).map(({ record, origin, ordinal }) => [Number(record[field]), origin, ordinal]),
      files
        .filter((number) => number % 2 === odd)
        .flatMap((number) => [
          [number * 2, `in/${nameOf(number, format)}`, 0],
          [number * 2 + 1, `in/${nameOf(number, format)}`, isBroken(number) ? 2 : 1],
        ]),
    )
  const broken = files.filter(isBroken)
  assert.deepEqual(
    (await flow.refused()).map(({ origin, ordinal, raw }) => [origin, ordinal, Buffer.from(raw).toString().trim()]),
    broken.map((number) => [`in/${nameOf(number, format)}`, 1, 'broken']),
  )
  const [written, refused] = [files.length * 2, broken.length]
  assert.deepEqual(flow.counts(), { read: written + refused, written, filtered: 0, refused })
  assert.equal((await flow.lease()).length, 0)
}

const segmentsOf = (flow: EngineFlow): number[] =>
  [...flow.ledger.nexsets.values()].map(({ segments }) => segments.length)

for (const format of ['json', 'csv'] as const)
  test(`PROMISE-NEXSETS: forty files whose shapes alternate are a segment for each shape, of one commit: ${format}`, async () => {
    await using flow = await EngineFlow.create()
    await putAlternating(flow, format, upTo(40))
    await flow.run()
    await assertWhole(flow, format, upTo(40))
    assert.deepEqual(segmentsOf(flow), [1, 1])
    assert.equal(flow.ledger.metrics.length, 1)
    await putAlternating(flow, format, upTo(10, 40))
    await flow.run()
    await assertWhole(flow, format, upTo(50))
    assert.deepEqual(segmentsOf(flow), [2, 2], 'both shapes are known now')
  })

/** A few files make a stretch. */
const small: RunSettings = { limits: { bytes: 150, sampleBytes: 1 << 16 } }
const deaths: readonly [string, Pick<Order, 'death' | 'failures'>][] = [
  ['before its third commit', { death: { when: 'before', call: 'commitIngest', nth: 3 } }],
  ['after its third commit', { death: { when: 'after', call: 'commitIngest', nth: 3 } }],
  ['in the middle of reading', { failures: [{ at: 'read_chunk', nth: 30, action: 'exit' }] }],
]

for (const [when, death] of deaths)
  test(`PROMISE-NEXSETS: a worker that is killed ${when} loses and doubles nothing of files whose shapes alternate`, async () => {
    await using begun = await EngineFlow.create()
    await putAlternating(begun, 'json', upTo(40))
    const ended = await workInProcess({ folder: begun.folder, work: 'ingest', nexset: 0, ...small, ...death })
    assert.equal(ended.signal, 'SIGKILL', ended.stderr)
    const flow = await begun.reopened()
    assert.ok(flow.ledger.metrics.length < 5, 'it died before the end')
    await flow.run(small)
    await assertWhole(flow, 'json', upTo(40))
    assert.ok(flow.ledger.metrics.length > 5, `${flow.ledger.metrics.length} commits`)
    await flow.compute[Symbol.asyncDispose]()
  })

test('a long file of another shape is cut where it has waited for enough, and goes on in the next commit', async () => {
  await using flow = await EngineFlow.create()
  const people = (from: number, count: number): string => upTo(count, from).map(ways.json.person).join('')
  await flow.put('1.json', ways.json.order(1))
  await flow.put('2.json', people(0, 200))
  await flow.put('3.json', ways.json.order(2))
  await flow.put('4.json', people(200, 2))
  await flow.run({ options: { chunk_bytes: 1000 }, limits: { bytes: 3000, sampleBytes: 1 << 16 } })
  const [orders, persons] = [...flow.ledger.nexsets.keys()]
  assert.deepEqual(
    (await flow.records(persons)).map(({ record, ordinal }) => [record['person'], ordinal]),
    upTo(202).map((id) => [id, id % 200]),
  )
  assert.deepEqual(
    (await flow.records(orders)).map(({ origin }) => origin),
    ['in/1.json', 'in/3.json'],
  )
  const [, segments] = segmentsOf(flow)
  assert.ok(segments! > 2 && segments! < 9, `${segments} segments of 11 kB`)
})

test('more shapes than a stretch has lanes are a nexset each', async () => {
  await using flow = await EngineFlow.create()
  const shapes = upTo(70)
  for (const round of [0, 1])
    for (const shape of shapes) await flow.put(`${round}-${shape + 10}.json`, `{"a${shape}":${round},"b${shape}":1}\n`)
  await flow.run()
  assert.equal(flow.ledger.nexsets.size, shapes.length)
  for (const id of flow.ledger.nexsets.keys()) {
    const rounds = (await flow.records(id)).map(({ origin }) => origin.slice(0, 4))
    assert.deepEqual(rounds, ['in/0', 'in/1'])
  }
  assert.equal(flow.ledger.metrics.length, 3)
})

test('files that make one nexset keep their order, in whatever formats they come', async () => {
  await using flow = await EngineFlow.create()
  for (const number of upTo(6))
    for (const kind of ['order', 'person'] as const) {
      const format = number % 2 === 0 ? 'json' : 'csv'
      await flow.put(`${number}-${kind}.${format}`, ways[format].file([ways[format][kind](number)], kind))
    }
  await flow.run()
  const [orders, people] = [...flow.ledger.nexsets.keys()]
  for (const [nexset, field] of [
    [orders, 'id'],
    [people, 'person'],
  ] as const)
    assert.deepEqual(
      (await flow.records(nexset)).map(({ record }) => Number(record[field])),
      upTo(6),
    )
})

test('a file that holds no record decides nothing about the files after it', async () => {
  await using flow = await EngineFlow.create()
  await flow.put('1.csv', 'id,total\n')
  await flow.put('2.json', ways.json.order(1) + ways.json.order(2))
  await flow.put('3.csv', 'id,total\n3,0.75\n')
  await flow.run()
  assert.deepEqual(await flow.refused(), [])
  assert.deepEqual(
    (await flow.records()).map(({ record }) => Number(record['id'])),
    [1, 2, 3],
  )
})

test('a drift that the policy forbids stops a run of alternating shapes without a trace of it', async () => {
  const options: JsonObject = { 'schema.drift.policy': 'stop' }
  await using flow = await EngineFlow.create()
  await putAlternating(flow, 'json', upTo(2))
  await flow.run({ options })
  await flow.put('02.json', ways.json.order(4))
  await flow.put('03.json', `${JSON.stringify({ person: 6, city: 'Bern', zip: '3000', late: true })}\n`)
  await assert.rejects(flow.run({ options }), { code: 'data.schema_drift' })
  assert.deepEqual(segmentsOf(flow), [1, 1])
  await flow.run()
  assert.deepEqual(segmentsOf(flow), [2, 2])
  assert.deepEqual(flow.counts(), { read: 6, written: 6, filtered: 0, refused: 0 })
})
